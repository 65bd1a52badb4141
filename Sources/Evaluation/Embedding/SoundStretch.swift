import CKernels
import ClipData
import Media
import TensorCore

/// The sound under windows that follow each other without a long gap, as one stretch.
struct SoundStretch: Sendable {
  /// Seconds of the file at which the samples begin.
  private let start: Double
  private let samples: [Float]
  /// The windows that it was read for, from the first one's start to the last one's end.
  private let span: ClosedRange<Double>

  var bytes: Int { 4 * samples.count }

  /// Root mean square below which a window counts as silent, as in training.
  private static let silence = ClipSettings().silence
  /// Seconds of sound between two windows that are read rather than skipped.
  private static let longGap = 4.0
  private static let rate = Double(ClipSettings.audioRate)

  /// Decodes the sound of `windows`, which rise. Stretches that cannot be decoded are missing.
  static func read(
    _ windows: [ClipWindow], _ reader: any MomentReading
  ) throws(MediaError) -> [SoundStretch] {
    var result: [SoundStretch] = []
    var first = 0
    while first < windows.count {
      var last = first
      while last + 1 < windows.count, windows[last + 1].start - windows[last].end < longGap {
        last += 1
      }
      let start = max(0, windows[first].start)
      let end = windows[first...last].reduce(0) { max($0, $1.end) }
      let count = Int(((end - start) * rate).rounded(.up)) + LogMel.window + 15 * LogMel.hop
      if let sound = try reader.sound(start: start, count: count, rate: ClipSettings.audioRate) {
        let span = min(start, windows[first].start)...max(end, start)
        result.append(SoundStretch(start: start, samples: sound, span: span))
      }
      first = last + 1
    }
    return result
  }

  /// The stretch that was read for `window`; nil where it could not be decoded.
  static func of(_ window: ClipWindow, _ stretches: [SoundStretch]) -> SoundStretch? {
    stretches.last { $0.span.contains(window.start) }
  }

  /// Rows of the log-mel that lie within so many seconds: whole sixteens, at least 16.
  static func rows(seconds: Double) -> Int {
    max(1, Int((seconds * 100 - 1.5) / 16 + 1e-6)) * 16
  }

  /// The log-mel [rows, 64] of `window`; nil where it is silent or lies outside.
  ///
  /// `shift` moves the window by so many seconds as far as there is sound, `gain` multiplies the samples.
  func spectrogram(
    _ window: ClipWindow, _ logMel: LogMel, shift: Double = 0, gain: Float = 1
  ) -> Tensor? {
    let rows = Self.rows(seconds: window.end - window.start)
    let count = LogMel.samples(windows: rows)
    var offset = Int(((window.start - start) * Self.rate).rounded())
    if shift != 0 {
      offset = max(0, min(samples.count - count, offset + Int((shift * Self.rate).rounded())))
    }
    guard offset >= 0, offset + count <= samples.count else { return nil }
    return samples.withUnsafeBufferPointer { sound in
      guard let samples = sound.baseAddress.map({ $0 + offset }) else { return nil }
      let power = pk_sum_squares(count, samples) / Double(count)
      guard power.squareRoot() > Self.silence else { return nil }
      guard gain != 1 else {
        return .make([rows, LogMel.bands]) { logMel.spectrogram(samples, windows: rows, $0) }
      }
      return .make([rows, LogMel.bands]) { out in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { louder in
          guard let base = louder.baseAddress else { return }
          for index in 0..<count { base[index] = samples[index] * gain }
          logMel.spectrogram(base, windows: rows, out)
        }
      }
    }
  }
}
