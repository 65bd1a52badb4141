import ClipData
import TensorCore

/// Encodes the parts of several files together: pictures of the same size and spectrograms of the same length go
/// through the encoders in batches, so that matrix products are large even where files are short.
///
/// Runs on the calling thread. What it gives depends on the parts and their order, and on nothing else.
struct PartEncoder {
  private let encoder: ClipEncoder
  private let settings: EmbeddingSettings
  /// For each part the sums of its windows.
  private(set) var results: [[WindowSums]] = []

  private struct Frame {
    var part: Int
    var index: Int
    var pixels: ArraySlice<UInt8>
  }
  private struct Size: Hashable {
    var width: Int
    var height: Int
  }
  private var frames: [Size: [Frame]] = [:]
  private var ranges: [[Range<Int>]] = []
  private var sounds: [Int: [(part: Int, window: Int, spectrogram: Tensor)]] = [:]
  /// The map of the last picture that was encoded of a size, and whose it is.
  private var last: [Size: (part: Int, index: Int, map: Tensor)] = [:]

  /// Pictures and spectrograms of a batch.
  private static let batch = 32

  init(_ encoder: ClipEncoder, _ settings: EmbeddingSettings) {
    self.encoder = encoder
    self.settings = settings
  }

  /// Takes in a part; whatever fills a batch is encoded at once.
  mutating func add(_ part: ClipPart) {
    let number = results.count
    results.append(part.windows.map { WindowSums($0, encoder) })
    ranges.append(part.frames)
    let size = Size(width: part.pictures.width, height: part.pictures.height)
    let bytes = size.width * size.height * 3
    for index in part.pictures.times.indices {
      frames[size, default: []].append(
        Frame(
          part: number, index: index,
          pixels: part.pictures.pixels[index * bytes..<(index + 1) * bytes]))
    }
    while frames[size]?.count ?? 0 >= Self.batch { encodeFrames(size) }
    for (window, spectrogram) in part.spectrograms.enumerated() {
      guard let spectrogram else { continue }
      let rows = spectrogram.shape[0]
      sounds[rows, default: []].append((number, window, spectrogram))
      if sounds[rows]?.count == Self.batch { encodeSounds(rows) }
    }
  }

  /// Encodes what is left.
  mutating func finish() {
    for size in frames.keys.sorted(by: { ($0.width, $0.height) < ($1.width, $1.height) }) {
      while frames[size]?.isEmpty == false { encodeFrames(size) }
    }
    for rows in sounds.keys.sorted() where sounds[rows]?.isEmpty == false { encodeSounds(rows) }
  }

  private mutating func encodeFrames(_ size: Size) {
    let batch = Array(frames[size]?.prefix(Self.batch) ?? [])
    frames[size]?.removeFirst(batch.count)
    let images = NormalisedColours.images(
      batch.map(\.pixels), width: size.width, height: size.height)
    let before = last[size]
    let encoded = encoder.encode(images, changes: settings.temporal, previous: before?.map)
    for (place, frame) in batch.enumerated() {
      let previous =
        place > 0
        ? (batch[place - 1].part, batch[place - 1].index) : before.map { ($0.part, $0.index) }
      let follows = previous.map { $0 == (frame.part, frame.index - 1) } ?? false
      for window in ranges[frame.part].indices {
        let range = ranges[frame.part][window]
        guard range.contains(frame.index) else { continue }
        results[frame.part][window].add(frame: encoded.vectors[place])
        if settings.temporal, follows, frame.index > range.lowerBound {
          results[frame.part][window].add(change: encoded.changes[place])
        }
      }
    }
    if let map = encoded.last, let frame = batch.last {
      last[size] = (frame.part, frame.index, map)
    }
  }

  private mutating func encodeSounds(_ rows: Int) {
    let batch = sounds.removeValue(forKey: rows) ?? []
    let input = Tensor.make([batch.count, rows, LogMel.bands, 1]) { out in
      for (index, sound) in batch.enumerated() {
        sound.spectrogram.withData {
          (out + index * rows * LogMel.bands).update(from: $0, count: rows * LogMel.bands)
        }
      }
    }
    for (sound, vector) in zip(batch, encoder.encode(input)) {
      results[sound.part][sound.window].add(sound: vector)
    }
  }
}
