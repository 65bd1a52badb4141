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
    var entry: PictureOrder.Entry
    var pixels: ArraySlice<UInt8>
  }
  /// A window that has a picture, and its picture before that.
  private struct Owner {
    var window: Int
    var previous: Int?
  }
  private struct Size: Hashable {
    var width: Int
    var height: Int
  }
  private var frames: [Size: [Frame]] = [:]
  /// For each part and each of its pictures the windows that have it.
  private var owners: [[[Owner]]] = []
  private var sounds: [Int: [(part: Int, window: Int, spectrogram: Tensor)]] = [:]
  /// The map of the last picture that was encoded of a size.
  private var last: [Size: Tensor] = [:]

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
    let count = part.pictures.times.count
    owners.append(Self.owners(part.frames, count: count))
    let size = Size(width: part.pictures.width, height: part.pictures.height)
    let bytes = size.width * size.height * 3
    for entry in PictureOrder(part.frames, count: count, changes: settings.temporal).entries {
      let start = entry.index * bytes
      frames[size, default: []].append(
        Frame(
          part: number, entry: entry, pixels: part.pictures.pixels[start..<start + bytes]))
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

  private static func owners(_ frames: [[Int]], count: Int) -> [[Owner]] {
    var owners = [[Owner]](repeating: [], count: count)
    for (window, frames) in frames.enumerated() {
      for (place, index) in frames.enumerated() {
        owners[index].append(
          Owner(window: window, previous: place > 0 ? frames[place - 1] : nil))
      }
    }
    return owners
  }

  private mutating func encodeFrames(_ size: Size) {
    let batch = Array(frames[size]?.prefix(Self.batch) ?? [])
    frames[size]?.removeFirst(batch.count)
    let images = NormalisedColours.images(
      batch.map(\.pixels), width: size.width, height: size.height)
    let encoded = encoder.encode(images, changes: settings.temporal, previous: last[size])
    for (place, frame) in batch.enumerated() {
      let entry = frame.entry
      for owner in owners[frame.part][entry.index] {
        if !entry.isAgain {
          results[frame.part][owner.window].add(frame: encoded.vectors[place])
        }
        if let previous = entry.previous, previous == owner.previous {
          results[frame.part][owner.window].add(change: encoded.changes[place])
        }
      }
    }
    last[size] = encoded.last
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
