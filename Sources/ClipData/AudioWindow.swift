import CKernels
import TensorCore

/// The stretch of sound that belongs to a clip.
struct AudioWindow {
  /// `LogMel.samples(windows:)` samples in -1...1.
  let samples: [Float]
  /// Whether there is sound and it is louder than silence.
  let isHeard: Bool

  /// The window around `middle` (seconds from the beginning of the video), moved so that it stays within the segment's
  /// frames where it fits; `held` is that of `SegmentSummary.second`. Where it does not fit: silence on both sides; of
  /// sound alone, the sound again and again, so that most of the window is not silence, which an embedding of the
  /// recording has none of.
  init(
    _ segment: StoredSegment, middle: Double, held: Double, _ settings: ClipSettings
  ) throws(SegmentError) {
    let summary = segment.summary
    let count = LogMel.samples(windows: LogMel.windows(seconds: settings.audioSeconds))
    guard summary.audioCount > 0, summary.audioRate > 0 else {
      samples = [Float](repeating: 0, count: count)
      isHeard = false
      return
    }
    let rate = Double(summary.audioRate)
    let framesEnd = summary.times.indices.last.map {
      summary.second(ofFrame: $0, rate: settings.rate, held: held) + 1 / settings.rate
        - summary.audioStart
    }
    let end =
      framesEnd.map { max(0, min(summary.audioCount, Int($0 * rate))) } ?? summary.audioCount
    var first = Int(((middle - summary.audioStart) * rate).rounded()) - count / 2
    var sounding = min(count, end)
    if end >= count {
      first = min(max(first, 0), end - count)
      samples = try segment.audio(first: first, count: count)
    } else if settings.pictures || end == 0 {
      first = -(count - end) / 2
      samples = try segment.audio(first: first, count: count)
    } else {
      let whole = try segment.audio(first: 0, count: end)
      let phase = (first % end + end) % end
      samples = (0..<count).map { whole[(phase + $0) % end] }
      sounding = count
    }
    let power = samples.withUnsafeBufferPointer { samples in
      samples.baseAddress.map { pk_sum_squares(samples.count, $0) } ?? 0
    }
    // The padding is no part of the loudness.
    isHeard = (power / Double(max(1, sounding))).squareRoot() > settings.silence
  }

  /// The log-mel of every window, [windows.count, rows, 64, 1]; zeros where nothing is heard. Each is changed by
  /// its member of `changes`.
  static func logMel(
    _ windows: [AudioWindow], _ logMel: LogMel, _ settings: ClipSettings, changes: [SoundChange?]
  ) -> Tensor {
    let rows = LogMel.windows(seconds: settings.audioSeconds)
    return .make([windows.count, rows, LogMel.bands, 1]) { out in
      for (index, window) in windows.enumerated() {
        let target = out + index * rows * LogMel.bands
        guard window.isHeard else {
          target.update(repeating: 0, count: rows * LogMel.bands)
          continue
        }
        let change = changes[index]
        let samples = change.map { change in window.samples.map { $0 * change.gain } }
        (samples ?? window.samples).withUnsafeBufferPointer { samples in
          if let samples = samples.baseAddress {
            logMel.spectrogram(samples, windows: rows, target)
            change?.apply(to: target, rows: rows)
          }
        }
      }
    }
  }
}
