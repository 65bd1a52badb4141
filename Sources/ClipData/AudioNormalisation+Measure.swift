import Foundation
import Synchronization
import TensorCore

extension AudioNormalisation {
  /// Windows that are louder than `ClipSettings.silence` are measured; at most this many videos with
  /// sound are looked into.
  package static let measuredVideos = 24

  /// Measures the bands over the middle segments of a seeded choice of `videos` (indices into
  /// `index.videos`) with sound. `none` when no sound is heard. Throws what is no fault of a video.
  package static func measure(
    index: VideoIndex, videos: [Int], settings: ClipSettings, cache: SegmentCache, seed: UInt64
  ) throws(ClipLoaderError) -> AudioNormalisation {
    let candidates = videos.filter { index.videos[$0].probe.hasAudio }
    guard settings.audioSeconds > 0, !candidates.isEmpty else { return .none }
    let order = EpochOrder(videos: candidates, seed: seed)
    let chosen = (0..<min(candidates.count, measuredVideos)).map { order.video(at: $0).video }
    let sums = Mutex([Int: BandSums]())
    try parallelTry(chosen.count) { place throws(ClipLoaderError) in
      do throws(SegmentError) {
        let part = try BandSums(of: index.videos[chosen[place]], settings, cache)
        sums.withLock { $0[place] = part }
      } catch {
        // A video that cannot be decoded adds nothing; training meets it again and names it.
        if case .run(let error) = error { throw .run(error) }
      }
    }
    // Added in the order of the choice, so that the bits do not depend on the threads.
    let total = sums.withLock { sums in
      chosen.indices.reduce(into: BandSums()) { $0.add(sums[$1] ?? BandSums()) }
    }
    return total.normalisation
  }
}

/// Sums of the log-mel and of its squares for every band.
private struct BandSums: Sendable {
  private var count = 0.0
  private var sum = [Double](repeating: 0, count: LogMel.bands)
  private var squares = [Double](repeating: 0, count: LogMel.bands)

  init() {}

  init(
    of entry: VideoEntry, _ settings: ClipSettings, _ cache: SegmentCache
  ) throws(SegmentError) {
    let duration = entry.probe.duration
    let middle = SegmentPlan.count(duration: duration, settings) / 2
    let request = SegmentPlan.request(middle, duration: duration, settings)
    let sound = try cache.withSegment(path: entry.path, entry.identity, request) {
      (segment) throws(SegmentError) in
      try segment.audio(first: 0, count: segment.summary.audioCount)
    }
    guard sound.count >= LogMel.window else { return }
    let spectrogram = LogMel().spectrogram(sound)
    let quiet = settings.silence * settings.silence * Double(LogMel.window)
    spectrogram.withData { rows in
      for row in 0..<spectrogram.shape[0] {
        var power = 0.0
        for sample in row * LogMel.hop..<row * LogMel.hop + LogMel.window {
          power += Double(sound[sample]) * Double(sound[sample])
        }
        guard power > quiet else { continue }
        count += 1
        for band in 0..<LogMel.bands {
          let value = Double(rows[row * LogMel.bands + band])
          sum[band] += value
          squares[band] += value * value
        }
      }
    }
  }

  mutating func add(_ other: BandSums) {
    count += other.count
    for band in sum.indices {
      sum[band] += other.sum[band]
      squares[band] += other.squares[band]
    }
  }

  var normalisation: AudioNormalisation {
    guard count > 0 else { return .none }
    let mean = sum.map { $0 / count }
    // A band that never changes is left at its size instead of being blown up.
    let scale = zip(squares, mean).map { squares, mean in
      1 / max(0.1, max(0, squares / count - mean * mean).squareRoot())
    }
    return AudioNormalisation(mean: mean.map { Float($0) }, scale: scale.map { Float($0) })
  }
}
