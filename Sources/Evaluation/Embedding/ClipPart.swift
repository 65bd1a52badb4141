import CKernels
import ClipData
import Media
import TensorCore

/// The decoded content of some windows of one file.
struct ClipPart: Sendable {
  let windows: [ClipWindow]
  /// RGB pictures, one after the other; none where the file or the modality has none.
  let pictures: MomentReader.Pictures
  /// For each window the range of its pictures. Windows that overlap share pictures.
  let frames: [Range<Int>]
  /// For each window the sound's log-mel [rows, 64], nil where nothing is heard.
  let spectrograms: [Tensor?]

  /// Decodes `windows`, which rise.
  init(
    _ windows: [ClipWindow], _ reader: any MomentReading, _ settings: EmbeddingSettings,
    _ logMel: LogMel
  ) throws(MediaError) {
    self.windows = windows
    if settings.modality.hasVideo, reader.hasPictures {
      // Windows that overlap want the same times again, up to rounding.
      let ticks = windows.map { settings.frameTimes($0).map { Int(($0 * 1e6).rounded()) } }
      let times = Set(ticks.joined()).sorted()
      pictures = try reader.pictures(
        at: times.map { Double($0) * 1e-6 }, shortSide: settings.size,
        multiple: settings.sizeMultiple)
      let reached = pictures.times.count
      frames = ticks.map { ticks in
        let first = times.firstIndex(of: ticks[0]) ?? 0
        let last = ticks.last.flatMap { times.firstIndex(of: $0) } ?? first
        return min(first, reached)..<min(last + 1, reached)
      }
    } else {
      pictures = MomentReader.Pictures()
      frames = windows.map { _ in 0..<0 }
    }
    if settings.modality.hasAudio, reader.hasSound {
      spectrograms = try Self.spectrograms(windows, reader, logMel)
    } else {
      spectrograms = windows.map { _ in nil }
    }
  }

  /// Rows of the log-mel that lie within so many seconds: whole sixteens, at least 16.
  static func rows(seconds: Double) -> Int {
    max(1, Int((seconds * 100 - 1.5) / 16 + 1e-6)) * 16
  }

  /// Root mean square below which a window counts as silent, as in training.
  private static let silence = ClipSettings().silence
  /// Seconds of sound between two windows that are read rather than skipped.
  private static let longGap = 4.0

  private static func spectrograms(
    _ windows: [ClipWindow], _ reader: any MomentReading, _ logMel: LogMel
  ) throws(MediaError) -> [Tensor?] {
    let rate = ClipSettings.audioRate
    var result: [Tensor?] = []
    while result.count < windows.count {
      // Windows without a long gap between them are read as one stretch.
      let first = result.count
      var last = first
      while last + 1 < windows.count, windows[last + 1].start - windows[last].end < longGap {
        last += 1
      }
      let start = max(0, windows[first].start)
      let end = windows[first...last].reduce(0) { max($0, $1.end) }
      let count = Int(((end - start) * Double(rate)).rounded(.up)) + LogMel.window + 15 * LogMel.hop
      let sound = try reader.sound(start: start, count: count, rate: rate)
      for window in windows[first...last] {
        let offset = Int(((window.start - start) * Double(rate)).rounded())
        result.append(
          sound.flatMap {
            spectrogram($0, offset: offset, rows: rows(seconds: window.end - window.start), logMel)
          })
      }
    }
    return result
  }

  private static func spectrogram(
    _ sound: [Float], offset: Int, rows: Int, _ logMel: LogMel
  ) -> Tensor? {
    let count = LogMel.samples(windows: rows)
    guard offset >= 0, offset + count <= sound.count else { return nil }
    return sound.withUnsafeBufferPointer { sound in
      guard let samples = sound.baseAddress.map({ $0 + offset }) else { return nil }
      let power = pk_sum_squares(count, samples) / Double(count)
      guard power.squareRoot() > silence else { return nil }
      return .make([rows, LogMel.bands]) { logMel.spectrogram(samples, windows: rows, $0) }
    }
  }
}

/// Sums of the vectors of one or several windows of a file, from which a row is made.
struct WindowSums: Sendable {
  var start: Double
  var end: Double
  var video: [Double]
  var frames = 0
  var change: [Double]
  var changes = 0
  var audio: [Double]
  var sounds = 0

  init(_ window: ClipWindow, _ encoder: ClipEncoder) {
    (start, end) = (window.start, window.end)
    video = [Double](repeating: 0, count: encoder.videoChannels)
    change = video
    audio = [Double](repeating: 0, count: encoder.audioChannels)
  }

  mutating func add(frame: [Float]) {
    for index in video.indices { video[index] += Double(frame[index]) }
    frames += 1
  }

  mutating func add(change values: [Float]) {
    for index in change.indices { change[index] += Double(values[index]) }
    changes += 1
  }

  mutating func add(sound: [Float]) {
    for index in audio.indices { audio[index] += Double(sound[index]) }
    sounds += 1
  }

  /// Takes in a later window of the same file.
  mutating func add(_ other: WindowSums) {
    end = max(end, other.end)
    for index in video.indices {
      video[index] += other.video[index]
      change[index] += other.change[index]
    }
    for index in audio.indices { audio[index] += other.audio[index] }
    frames += other.frames
    changes += other.changes
    sounds += other.sounds
  }

  /// Whether there is anything to make a row of.
  var isEmpty: Bool { frames == 0 && sounds == 0 }

  var isFinite: Bool {
    [video, change, audio].allSatisfy { $0.reduce(0, +).isFinite }
  }

  /// The row: each part at length 1 or zeros, and then the whole at length 1.
  func vector(_ settings: EmbeddingSettings) -> [Float] {
    var parts: [[Float]] = []
    if settings.modality.hasVideo {
      let mean = unitLength(video)
      parts.append(settings.temporal ? unitLength(mean + unitLength(change)) : mean)
    }
    if settings.modality.hasAudio { parts.append(unitLength(audio)) }
    return parts.count == 1 ? parts[0] : unitLength(parts.flatMap { $0 })
  }
}
