import CFFmpeg
import Storage

/// Reads moments of one file: the pictures shown at chosen times, decoded no more densely than they need, and
/// stretches of its sound. The file is opened once where it is read from the beginning.
///
/// Second zero is the start of the video, of the sound where there are no pictures. One thread at a time.
package final class MomentReader {
  /// Pictures as RGB, `times.count * height * width * 3` bytes.
  package struct Pictures: Sendable {
    package var width = 0
    package var height = 0
    /// The presentation time of each; fewer than were asked for where the video ends before.
    package var times: [Double] = []
    package var pixels: [UInt8] = []

    package init() {}

    init(width: Int, height: Int, times: [Double], pixels: [UInt8]) {
      (self.width, self.height) = (width, height)
      (self.times, self.pixels) = (times, pixels)
    }

    init(_ sampler: FrameSampler) {
      (width, height) = (sampler.width, sampler.height)
      (times, pixels) = (sampler.times, sampler.pixels)
    }
  }

  package let path: String
  package let hasPictures: Bool
  package let hasSound: Bool
  /// Seconds of the pictures, of the sound where there are none, as well as that is known without decoding.
  package let duration: Double
  /// What was amiss and survived.
  package private(set) var warnings: [String] = []

  private let limits: MediaLimits
  private var container: Container
  /// Whether the container still stands at its beginning.
  private var isFresh = true
  /// Seconds on the container's scale that are second zero.
  private let origin: Double?

  /// Seconds without a wanted picture beyond which seeking is worth its run-up.
  private static let longGap = 8.0

  /// Opens the file at `path`. The error names it and the reason.
  package init(path: String, limits: MediaLimits = MediaLimits()) throws(MediaError) {
    self.path = path
    self.limits = limits
    let container = try Container(
      path: path, limits: limits, deadline: Deadline(seconds: limits.stallSeconds, renewing: true))
    self.container = container
    let (video, sound) = (container.videoStream, container.audioStream)
    hasPictures = video != nil
    hasSound = sound != nil
    guard let stream = video ?? sound else {
      container.close()
      throw MediaError(.empty, path: path, reason: "holds neither pictures nor sound")
    }
    origin = video.flatMap { stream in
      stream.pointee.start_time == cff_no_pts()
        ? nil : Double(stream.pointee.start_time) * container.tick(of: stream)
    }
    warnings = container.missingBytes.map { [$0] } ?? []
    let isGuess =
      container.format?.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE
    if let stated = container.statedDuration(of: stream), !isGuess {
      duration = stated
    } else {
      do throws(MediaError) {
        duration = try MediaSource(limits: limits).usable(path: path).duration
      } catch {
        container.close()
        throw error
      }
    }
  }

  package func close() { container.close() }

  private func rewind() throws(MediaError) {
    guard !isFresh else { return }
    container.close()
    container = try container.reopened()
  }

  // MARK: Pictures

  /// The pictures shown at `times`, which rise; those at and after the end of the video are left out. The shorter
  /// side becomes `shortSide` pixels, the longer one a multiple of `multiple`.
  package func pictures(
    at times: [Double], shortSide: Int, multiple: Int = 1
  ) throws(MediaError) -> Pictures {
    container.deadline.progress()
    var result = Pictures()
    var first = 0
    while first < times.count {
      var last = first
      while last + 1 < times.count, times[last + 1] - times[last] < Self.longGap { last += 1 }
      let part = try run(
        Array(times[first...last]), shortSide: shortSide, multiple: multiple)
      if result.times.isEmpty { (result.width, result.height) = (part.width, part.height) }
      guard part.times.isEmpty || (part.width, part.height) == (result.width, result.height) else {
        throw MediaError(
          .unreadable, path: path, reason: "its pictures change their shape; re-encode it")
      }
      result.times += part.times
      result.pixels += part.pixels
      // Where the pictures have ended there is nothing later either.
      if part.times.count < last - first + 1 { break }
      first = last + 1
    }
    return result
  }

  /// Times without a long gap between them: a seek at most, then one way through.
  private func run(
    _ times: [Double], shortSide: Int, multiple: Int
  ) throws(MediaError) -> Pictures {
    var sampler = FrameSampler(times: times, shortSide: shortSide, multiple: multiple)
    try rewind()
    isFresh = false
    var reader = try VideoReader(container)
    reader.decodeOnly(around: times)
    if times[0] >= Self.longGap, reader.canSeek {
      for preRoll in VideoReader.preRolls {
        guard reader.seek(to: times[0], preRoll: preRoll) else { break }
        // The pictures that come back say whether the seek went where it should have.
        guard let first = try reader.next(), first.time <= times[0] - preRoll / 2 else { continue }
        let end = try sample(reader, first, into: &sampler)
        // Some decoders swallow the last pictures after a seek.
        if let end, isEarly(end, reader) { break }
        note(reader, end)
        return Pictures(sampler)
      }
      sampler = FrameSampler(times: times, shortSide: shortSide, multiple: multiple)
      container.close()
      container = try container.reopened()
      reader = try VideoReader(container)
      reader.decodeOnly(around: times)
    }
    guard let first = try reader.next() else {
      throw MediaError(
        .unreadable, path: path, reason: "no picture could be decoded; leave it out or re-encode it"
      )
    }
    note(reader, try sample(reader, first, into: &sampler))
    return Pictures(sampler)
  }

  /// Fills `sampler`; the second at which the video ended if that came first.
  private func sample(
    _ reader: VideoReader, _ first: VideoFrame, into sampler: inout FrameSampler
  ) throws(MediaError) -> Double? {
    try sampler.see(first, reader)
    while !sampler.isFull {
      guard let frame = try reader.next() else { return try sampler.finish(reader) }
      try sampler.see(frame, reader)
    }
    return nil
  }

  private func isEarly(_ end: Double, _ reader: VideoReader) -> Bool {
    let stream = reader.container.videoStream
    return stream.flatMap { container.statedDuration(of: $0) }.map { end < $0 - 0.5 } ?? false
  }

  private func note(_ reader: VideoReader, _ end: Double?) {
    if let end, isEarly(end, reader) {
      warn(
        "pictures end at \((end * 100).rounded() / 100) of \((duration * 100).rounded() / 100) s")
    }
    if reader.damagedFrames + reader.badPackets > 0 {
      warn("damaged pictures left out: \(reader.damagedFrames + reader.badPackets)")
    }
    reader.release()
  }

  private func warn(_ text: String) {
    if !warnings.contains(text) { warnings.append(text) }
  }

  // MARK: Sound

  /// `count` mono samples at `rate` a second from second `start` on, silent where the track has none. Nil where
  /// it cannot be decoded, which is then a warning; an error where there are no pictures either.
  package func sound(start: Double, count: Int, rate: Int) throws(MediaError) -> [Float]? {
    guard hasSound else { return nil }
    container.deadline.progress()
    do throws(MediaError) {
      if start >= Self.longGap {
        try rewind()
        isFresh = false
        let reader = try AudioReader(container, rate: rate, origin: origin)
        defer { reader.close() }
        if reader.seek(to: start),
          let sound = try reader.read(start: start, count: count, afterSeek: true)
        {
          note(reader)
          return sound
        }
      }
      try rewind()
      isFresh = false
      let reader = try AudioReader(container, rate: rate, origin: origin)
      defer { reader.close() }
      let sound = try reader.read(start: start, count: count, afterSeek: false)
      note(reader)
      return sound
    } catch {
      guard hasPictures else { throw error }
      warn("no sound: \(oneLine(error.reason))")
      return nil
    }
  }

  private func note(_ reader: AudioReader) {
    if reader.damage > 0 { warn("damaged blocks of sound left out: \(reader.damage)") }
  }
}
