import CFFmpeg

/// Reads stretches of a file's sound as mono float, aligned to the video's second zero.
final class AudioReader {
  private let container: Container
  private let stream: UnsafeMutablePointer<AVStream>
  private let decoder: StreamDecoder
  private let resampler: MonoResampler
  private let tick: Double
  /// Seconds on the container's scale that are second zero.
  private let origin: Double

  /// Seconds decoded before the wanted ones after a seek: codecs and filter need a run-up.
  private static let preRoll = 0.5
  /// Seconds by which timestamps may disagree with the count of samples before sound is moved.
  private static let slack = 0.05

  /// - Parameter origin: the start of the video; nil takes the start of the sound.
  init(_ container: Container, rate: Int, origin: Double?) throws(MediaError) {
    guard let stream = container.audioStream else {
      throw MediaError(.missingTrack, path: container.path, reason: "has no sound track")
    }
    self.container = container
    self.stream = stream
    container.wantOnly([stream.pointee.index])
    decoder = try StreamDecoder(container, stream: stream)
    resampler = MonoResampler(rate: rate, path: container.path)
    tick = container.tick(of: stream)
    let start = stream.pointee.start_time
    self.origin = origin ?? (start == cff_no_pts() ? 0 : Double(start) * tick)
  }

  func close() {
    decoder.close()
    resampler.close()
  }

  var damage: Int { decoder.badPackets + decoder.damagedFrames }

  /// Tries to move to shortly before second `time`; the container must be read from its beginning
  /// when this fails or when `read` says that it came out too late.
  func seek(to time: Double) -> Bool {
    let isRaw = ["mp3", "aac", "amr", "ac3", "eac3"].contains(container.formatName)
    guard container.hasTimestamps, !isRaw else { return false }
    let target = ((origin + time - Self.preRoll) / tick).rounded(.down)
    guard target.isFinite, abs(target) < 9e18 else { return false }
    guard container.seek(stream: stream.pointee.index, timestamp: Int64(target)) else {
      return false
    }
    decoder.flush()
    return true
  }

  /// The sound from `start` for `count` samples: silence where the track has none.
  ///
  /// - Parameter afterSeek: give nil back when the first sound found begins after `start`.
  func read(start: Double, count: Int, afterSeek: Bool) throws(MediaError) -> [Float]? {
    var stretch = Stretch(count: count)
    // Seconds at which the next block should begin if nothing is missing.
    var expected: Double?
    var skip = 0
    while !stretch.isFull {
      guard let decoded = try decoder.next() else { break }
      let frame = decoded.pointer
      let length = Int(frame.pointee.nb_samples)
      guard length > 0, frame.pointee.sample_rate > 0 else { continue }
      let stamp = frame.pointee.best_effort_timestamp
      var time = expected ?? 0
      if stamp != cff_no_pts() { time = min(max(Double(stamp) * tick - origin, -1e9), 1e9) }
      if expected == nil, afterSeek, time > start - 0.02 { return nil }
      let isContinuous = expected.map { abs($0 - time) <= Self.slack } ?? false
      if !isContinuous || !resampler.accepts(frame) {
        stretch.put(try resampler.drain())
        try resampler.start(with: frame)
        expected = time
        let rate = Int(frame.pointee.sample_rate)
        (stretch.position, skip) = place(time: time, from: start, inputRate: rate)
      }
      if skip < length { stretch.put(try resampler.convert(frame, skip: skip)) }
      skip = max(0, skip - length)
      expected = (expected ?? time) + Double(length) / Double(frame.pointee.sample_rate)
    }
    stretch.put(try resampler.drain())
    return stretch.samples
  }

  /// Where sound that begins at second `time` goes, in output samples from second `start`, and how
  /// many of its samples to leave out first, so that the output's samples lie where they would if the
  /// track had been read from its beginning.
  private func place(
    time: Double, from start: Double, inputRate: Int
  ) -> (position: Int, skip: Int) {
    let outputRate = Double(resampler.rate)
    let first = firstTime ?? time
    let samples = Int(((time - first) * Double(inputRate)).rounded())
    guard let period = resampler.period(inputRate: inputRate), samples >= 0 else {
      return (Int(((time - start) * outputRate).rounded()), 0)
    }
    let periods = (samples + period.input - 1) / period.input
    let position = Int(((first - start) * outputRate).rounded()) + periods * period.output
    return (position, periods * period.input - samples)
  }

  /// Seconds at which the track begins by its header.
  private var firstTime: Double? {
    let start = stream.pointee.start_time
    guard start != cff_no_pts() else { return nil }
    return min(max(Double(start) * tick - origin, -1e9), 1e9)
  }
}

/// The wanted samples of a stretch, silent until they are put.
private struct Stretch {
  var samples: [Float]
  /// Where the next sound goes; outside of the stretch it is dropped.
  var position = 0

  init(count: Int) { samples = [Float](repeating: 0, count: count) }

  var isFull: Bool { position >= samples.count }

  mutating func put(_ sound: [Float]) {
    let first = max(0, -position)
    let last = min(sound.count, samples.count - position)
    if first < last {
      for index in first..<last {
        let value = sound[index]
        samples[position + index] = value.isFinite ? min(max(value, -1), 1) : 0
      }
    }
    position += sound.count
  }
}
