import ClipData
import Storage

/// Decodes one stretch of one file: first its pictures, then its sound.
struct SegmentDecoder {
  let path: String
  let request: SegmentRequest
  let limits: MediaLimits
  private var warnings: [String] = []

  init(path: String, request: SegmentRequest, limits: MediaLimits) {
    self.path = path
    self.request = request
    self.limits = limits
  }

  /// Stretches that start before this many seconds are decoded from the beginning.
  private static let nearStart = 2.0

  private func open() throws(MediaError) -> Container {
    let deadline = Deadline(seconds: limits.stallSeconds, renewing: true)
    return try Container(path: path, limits: limits, deadline: deadline)
  }

  mutating func decode() throws(MediaError) -> Segment {
    var container = try open()
    defer { container.close() }
    let hasSound = container.audioStream != nil && request.audioRate > 0
    var sampler = FrameSampler(request)
    var origin: Double?
    if container.videoStream != nil, request.shortSide > 0 {
      let reader = try readFrames(container, into: &sampler)
      container = reader.container
      origin = reader.origin
    } else if !hasSound {
      throw MediaError(
        .missingTrack, path: path,
        reason: request.shortSide > 0 ? "has no video track" : "has no sound track")
    }
    let hasPictures = sampler.width > 0
    let audio = hasSound ? try readSound(&container, origin: origin, orFail: !hasPictures) : []
    return Segment(
      width: sampler.width, height: sampler.height, times: sampler.times, pixels: sampler.pixels,
      audio: audio, warnings: warnings)
  }

  // MARK: Pictures

  /// Fills `sampler` from a seek where the container can, else from the beginning; the reader used.
  private mutating func readFrames(
    _ container: Container, into sampler: inout FrameSampler
  ) throws(MediaError) -> VideoReader {
    var reader = try VideoReader(container)
    if request.start >= Self.nearStart, reader.canSeek {
      for preRoll in VideoReader.preRolls where request.start > preRoll {
        guard reader.seek(to: request.start, preRoll: preRoll) else { break }
        // The pictures that come back say whether the seek went where it should have.
        guard let first = try reader.next(), first.time <= request.start - preRoll / 2
        else { continue }
        let end = try sample(reader, first: first, into: &sampler)
        // Some decoders swallow the last pictures after a seek.
        if let end, end.isEarly { break }
        note(reader, end)
        return reader
      }
      reader.close()
      reader = try VideoReader(try container.reopened())
      sampler = FrameSampler(request)
    }
    guard let first = try reader.next() else {
      let damage = reader.damagedFrames + reader.badPackets
      throw MediaError(
        .unreadable, path: path,
        reason: "no picture could be decoded"
          + (damage > 0 ? " (\(damage) damaged)" : "") + "; leave it out or re-encode it")
    }
    let end = try sample(reader, first: first, into: &sampler)
    note(reader, end)
    return reader
  }

  /// Where the pictures ended, and where the container says that they do.
  private struct End {
    var seconds: Double
    var stated: Double?
    var isEarly: Bool { stated.map { seconds < $0 - 0.5 } ?? false }
  }

  /// Fills `sampler`; the end of the video if that came before it was full.
  private func sample(
    _ reader: VideoReader, first: VideoFrame, into sampler: inout FrameSampler
  ) throws(MediaError) -> End? {
    try sampler.see(first, reader)
    while !sampler.isFull {
      guard let frame = try reader.next() else {
        let seconds = try sampler.finish(reader)
        let stream = reader.container.videoStream
        return End(
          seconds: seconds, stated: stream.flatMap { reader.container.statedDuration(of: $0) })
      }
      try sampler.see(frame, reader)
    }
    return nil
  }

  private mutating func note(_ reader: VideoReader, _ end: End?) {
    if let end {
      if let error = reader.container.readError {
        warnings.append("reading ended early at \(seconds(end.seconds)) (\(error))")
      } else if let stated = end.stated, end.isEarly {
        warnings.append("pictures end at \(seconds(end.seconds)) of \(seconds(stated))")
      }
    }
    if reader.damagedFrames > 0 {
      warnings.append("damaged pictures left out: \(reader.damagedFrames)")
    }
    if reader.badPackets > 0 {
      warnings.append("\(reader.badPackets) packets could not be decoded")
    }
  }

  // MARK: Sound

  /// The stretch's sound; where it cannot be had, a warning and silence or nothing.
  /// Throws instead with `orFail`: there is nothing but the sound.
  private mutating func readSound(
    _ container: inout Container, origin: Double?, orFail: Bool
  ) throws(MediaError) -> [Float] {
    let count = request.samples
    do throws(MediaError) {
      if request.start >= Self.nearStart {
        let reader = try AudioReader(container, rate: request.audioRate, origin: origin)
        defer { reader.close() }
        if reader.seek(to: request.start),
          let sound = try reader.read(start: request.start, count: count, afterSeek: true)
        {
          note(reader)
          return sound
        }
      }
      container.close()
      container = try container.reopened()
      let reader = try AudioReader(container, rate: request.audioRate, origin: origin)
      defer { reader.close() }
      let sound = try reader.read(start: request.start, count: count, afterSeek: false) ?? []
      note(reader)
      return sound
    } catch {
      if orFail { throw error }
      warnings.append("no sound: \(oneLine(error.reason))")
      return []
    }
  }

  private mutating func note(_ reader: AudioReader) {
    if reader.damage > 0 { warnings.append("damaged blocks of sound left out: \(reader.damage)") }
  }

  private func seconds(_ value: Double) -> String {
    "\((value * 100).rounded() / 100) s"
  }
}
