import ClipData
import Media
import Synchronization
import TensorCore
import Training

/// Clips as fine-tuning sees them: at each step a window of a file, changed anew. What was decoded is kept in memory up
/// to a limit, beyond which it is decoded again.
package final class TuningClips: Sendable {
  /// A clip to be looked at: the number of its file, and where in the step it stands.
  package struct Draw: Sendable {
    package var file: Int
    package var slot: Int

    package init(file: Int, slot: Int) { (self.file, self.slot) = (file, slot) }
  }

  private let embedder: ClipEmbedder
  private let files: [MediaFile]
  private let seed: UInt64
  private let frames: Int
  private let kept: Mutex<Kept>

  /// What a clip's window looks like in one view.
  private struct Look: Sendable {
    var images: Tensor?
    var spectrogram: Tensor?
  }
  private struct Kept: Sendable {
    /// The windows of files that were opened.
    var windows: [Int: [ClipWindow]] = [:]
    var parts: [Place: ClipPart] = [:]
    var bytes = 0
  }
  private struct Place: Hashable {
    var file: Int
    var window: Int
  }
  private struct Size: Hashable {
    var height: Int
    var width: Int
  }

  /// Bytes of decoded clips that are kept.
  private static let budget = 512 << 20

  /// Clips of `files`, cut out and seen as `embedder` does, of which a step sees `frames` pictures each.
  package init(_ embedder: ClipEmbedder, files: [MediaFile], frames: Int, seed: UInt64) {
    (self.embedder, self.files, self.frames, self.seed) = (embedder, files, frames, seed)
    kept = Mutex(Kept())
  }

  /// What the encoders see of the drawn clips in a step; they are numbered in the order of the draws. Each draw is a
  /// function of the seed, the step, the slot and the file's path alone. A clip that cannot be decoded any more, or whose
  /// file has changed, is left out. Throws what is no fault of a file.
  package func input(_ draws: [Draw], step: Int, isStrong: Bool) throws(MediaError) -> TuningInput {
    let looks = Mutex([Int: Look]())
    try parallelTry(draws.count) { index throws(MediaError) in
      do throws(MediaError) {
        let seen = try look(draws[index], step: step, isStrong: isStrong)
        looks.withLock { $0[index] = seen }
      } catch {
        if error.isOfTheRun { throw error }
      }
    }
    let found = looks.withLock { $0 }
    var pictures: [Size: [(clip: Int, images: Tensor)]] = [:]
    var sounds: [Int: [(clip: Int, spectrogram: Tensor)]] = [:]
    for index in draws.indices {
      guard let look = found[index] else { continue }
      if let images = look.images {
        let size = Size(height: images.shape[1], width: images.shape[2])
        pictures[size, default: []].append((index, images))
      }
      if let spectrogram = look.spectrogram {
        sounds[spectrogram.shape[0], default: []].append((index, spectrogram))
      }
    }
    let sizes = pictures.keys.sorted { ($0.height, $0.width) < ($1.height, $1.width) }
    return TuningInput(
      pictures: sizes.map { size in
        let group = pictures[size] ?? []
        let images = Tensor.joining(
          group.map(\.images),
          [group.reduce(0) { $0 + $1.images.shape[0] }, size.height, size.width, 3])
        return TuningInput.Pictures(
          images: images, clips: group.map { ($0.clip, $0.images.shape[0]) })
      },
      sounds: sounds.keys.sorted().map { rows in
        let group = sounds[rows] ?? []
        let spectrograms = Tensor.joining(
          group.map(\.spectrogram), [group.count, rows, LogMel.bands, 1])
        return TuningInput.Sounds(spectrograms: spectrograms, clips: group.map(\.clip))
      })
  }

  private func look(_ draw: Draw, step: Int, isStrong: Bool) throws(MediaError) -> Look {
    let hash = Int(truncatingIfNeeded: StableHash.of(files[draw.file].relativePath))
    func random(_ purpose: RandomPurpose) -> CounterRandom {
      CounterRandom(
        seed: seed, purpose: purpose, epoch: 2 * draw.slot + (isStrong ? 1 : 0), video: hash,
        step: step)
    }
    let view = TuningView(
      isStrong: isStrong, mirror: embedder.settings.mirror, random: random)
    var choice = random(.tuning)
    let part = try part(draw.file, &choice)
    return Look(
      images: view.images(part, most: frames),
      spectrogram: view.spectrogram(part, embedder.encoder.logMel))
  }

  /// A window of a file by chance.
  private func part(
    _ file: Int, _ random: inout CounterRandom
  ) throws(MediaError) -> ClipPart {
    var reader: (any MomentReading)?
    defer { reader?.close() }
    func opened() throws(MediaError) -> any MomentReading {
      if let reader { return reader }
      let new = try embedder.open(files[file].path)
      reader = new
      return new
    }
    let windows: [ClipWindow]
    if let known = kept.withLock({ $0.windows[file] }) {
      windows = known
    } else {
      let found = try embedder.parts(opened(), files[file].path).flatMap { $0 }
      kept.withLock { $0.windows[file] = found }
      windows = found
    }
    let place = Place(file: file, window: random.integer(below: windows.count))
    if let known = kept.withLock({ $0.parts[place] }) { return known }
    let part = try ClipPart(
      [windows[place.window]], opened(), embedder.settings, embedder.encoder.logMel)
    // The row that the clip has is of the file as it was listed.
    try files[file].checkUnchanged()
    kept.withLock { kept in
      guard kept.parts[place] == nil, kept.bytes + part.bytes <= Self.budget else { return }
      kept.parts[place] = part
      kept.bytes += part.bytes
    }
    return part
  }
}

extension ClipPart {
  /// Bytes of its pictures and sound.
  fileprivate var bytes: Int {
    pictures.pixels.count + sound.reduce(0) { $0 + $1.bytes }
  }
}
