import CFFmpeg

/// One picture of a video as decoded.
package final class VideoFrame {
  /// Seconds from the beginning of the video; never before the frame before it.
  package let time: Double
  /// Seconds that it is shown for where the file says so, else the video's mean.
  package let duration: Double
  /// Shown size in pixels (turned, with square pixels).
  package let width: Int
  package let height: Int
  let decoded: DecodedFrame
  let geometry: FrameGeometry

  init(
    decoded: DecodedFrame, time: Double, duration: Double, geometry: FrameGeometry,
    aspect: AVRational
  ) {
    self.decoded = decoded
    self.time = time
    self.duration = duration
    self.geometry = geometry
    (width, height) = geometry.displayed(
      width: Int(decoded.pointer.pointee.width), height: Int(decoded.pointer.pointee.height),
      aspect: aspect)
  }
}

/// Decodes the pictures of one video file one after another, at their own times.
///
/// Second zero is the start time of the video track. One thread at a time; close it when done.
package final class VideoReader {
  package let path: String
  /// Frames that could not be decoded and were left out so far.
  package var damagedFrames: Int { decoder.damagedFrames }
  /// Packets that the decoder rejected so far.
  package var badPackets: Int { decoder.badPackets }
  /// How many pictures there are, as far as the container tells.
  var toldFrames: ToldFrames? { container.toldFrames(of: stream) }
  /// Seconds on the container's scale at which the video begins.
  let origin: Double?
  let container: Container
  let geometry: FrameGeometry
  private let stream: UnsafeMutablePointer<AVStream>
  private var decoder: StreamDecoder
  private var clock: TrackClock
  private let scaler = FrameScaler()
  private let tick: Double
  private let interval: Double

  /// Opens the file at `path`. The error names the file and the reason.
  package convenience init(path: String, limits: MediaLimits = MediaLimits()) throws(MediaError) {
    let deadline = Deadline(seconds: limits.stallSeconds, renewing: true)
    let container = try Container(path: path, limits: limits, deadline: deadline)
    try self.init(container)
  }

  init(_ container: Container) throws(MediaError) {
    path = container.path
    guard let stream = container.videoStream else {
      throw MediaError(.missingTrack, path: container.path, reason: "has no video track")
    }
    self.container = container
    self.stream = stream
    container.wantOnly([stream.pointee.index])
    decoder = try StreamDecoder(container, stream: stream)
    geometry = FrameGeometry(matrix: cff_display_matrix(stream))
    tick = container.tick(of: stream)
    let rate = container.frameRate(of: stream)
    interval = rate > 0 ? 1 / rate : 0.04
    let start = stream.pointee.start_time
    origin = start == cff_no_pts() ? nil : Double(start) * tick
    clock = TrackClock(tick: tick, interval: interval, origin: origin)
  }

  /// Releases the decoder alone; the container may serve another reader.
  func release() {
    decoder.close()
    scaler.close()
  }

  /// Releases decoder and file; frames that were handed out stay valid.
  package func close() {
    decoder.close()
    scaler.close()
    container.close()
  }

  /// The next picture, nil at the end. Damaged ones are left out and counted.
  package func next() throws(MediaError) -> VideoFrame? {
    container.deadline.progress()
    guard let decoded = try decoder.next() else { return nil }
    let frame = decoded.pointer
    let time = clock.time(of: frame.pointee.best_effort_timestamp)
    let stated = Double(frame.pointee.pkt_duration) * tick
    let aspect = av_guess_sample_aspect_ratio(nil, stream, frame)
    return VideoFrame(
      decoded: decoded, time: time, duration: stated > 0 && stated < 1e6 ? stated : interval,
      geometry: geometry, aspect: aspect)
  }

  /// Writes `frame` as RGB, `width * height * 3` bytes, scaled from its shown size.
  package func writePixels(
    of frame: VideoFrame, width: Int, height: Int, into target: UnsafeMutablePointer<UInt8>
  ) throws(MediaError) {
    let isDone = scaler.convert(
      frame.decoded.pointer, geometry: frame.geometry, width: width, height: height, into: target)
    guard isDone else {
      throw MediaError(
        .unreadable, path: path, reason: "its pictures cannot be converted to RGB; re-encode it")
    }
  }

  /// `frame` as RGB at its shown size, or at `width` x `height`.
  package func pixels(
    of frame: VideoFrame, width: Int? = nil, height: Int? = nil
  ) throws(MediaError) -> [UInt8] {
    let (width, height) = (max(1, width ?? frame.width), max(1, height ?? frame.height))
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(MediaError) in
      guard let target = buffer.baseAddress else { return }
      try writePixels(of: frame, width: width, height: height, into: target)
    }
    return bytes
  }

  /// From now on decodes only the pictures that may be shown at one of `times` (seconds, rising) and those that
  /// they refer to: of most codecs the pictures between can be passed over. The picture shown at a time is the
  /// same as without, unless the file says too little of how long its pictures are shown.
  func decodeOnly(around times: [Double]) {
    guard let origin else { return }
    let (tick, interval) = (tick, interval)
    decoder.mayBeWanted = { timestamp, duration in
      let time = Double(timestamp) * tick - origin
      let shown = duration > 0 ? Double(duration) * tick : interval
      let slack = 0.5 * max(shown, interval)
      var (low, high) = (0, times.count)
      while low < high {
        let middle = (low + high) / 2
        if times[middle] < time - slack { low = middle + 1 } else { high = middle }
      }
      return low < times.count && times[low] < time + shown + slack
    }
  }

  /// Seconds before the wanted time at which decoding starts after a seek, so that pictures which
  /// refer to ones before the entry point (open groups of pictures) are whole when they matter.
  static let preRolls = [1.0, 4.0]

  /// Whether timestamps allow a seek at all; a raw stream's are made up while it is read.
  var canSeek: Bool { origin != nil && container.hasTimestamps }

  /// Moves to an entry point at least `preRoll` seconds before `time`. The caller checks the time of
  /// the next frame: containers promise nothing.
  func seek(to time: Double, preRoll: Double) -> Bool {
    guard let origin, canSeek else { return false }
    let target = ((origin + time - preRoll) / tick).rounded(.down)
    guard target.isFinite, abs(target) < 9e18 else { return false }
    guard container.seek(stream: stream.pointee.index, timestamp: Int64(target)) else {
      return false
    }
    decoder.flush()
    clock.flush()
    return true
  }
}
