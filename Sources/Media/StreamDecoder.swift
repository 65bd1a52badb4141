import CFFmpeg

/// One decoded picture or block of sound; owns its FFmpeg frame.
final class DecodedFrame {
  let pointer: UnsafeMutablePointer<AVFrame>

  /// Takes the reference that `frame` holds and leaves it empty; nil without memory.
  init?(taking frame: UnsafeMutablePointer<AVFrame>) {
    guard let fresh = av_frame_alloc() else { return nil }
    av_frame_move_ref(fresh, frame)
    pointer = fresh
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = pointer
    av_frame_free(&frame)
  }
}

/// Decodes one track of a container, on the caller's thread.
///
/// Damage concerns one packet or frame: it is counted, left out, and decoding goes on.
final class StreamDecoder {
  let container: Container
  let stream: UnsafeMutablePointer<AVStream>
  /// Frames that the decoder itself called damaged; left out.
  private(set) var damagedFrames = 0
  /// Packets that the decoder could not use.
  private(set) var badPackets = 0
  /// Packets read so far, of any track.
  private(set) var packetsRead = 0
  private(set) var isFinished = false
  /// Whether the picture of a packet may be wanted, by its timestamp and its duration in ticks: others are
  /// decoded only where later ones refer to them. Nil for every one.
  var mayBeWanted: ((_ timestamp: Int64, _ duration: Int64) -> Bool)?
  private var context: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private var frame: UnsafeMutablePointer<AVFrame>?
  private var isDraining = false
  private var drainErrors = 0
  /// After a seek, until the first whole frame: what refers to frames before it is no damage.
  private var isRunningUp = false

  /// Opens the decoder of `stream`, single-threaded: several files at once beat frame threads here.
  init(_ container: Container, stream: UnsafeMutablePointer<AVStream>) throws(MediaError) {
    self.container = container
    self.stream = stream
    do {
      try open()
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// Releases the decoder; frames that were handed out stay valid.
  func close() {
    if context != nil { avcodec_free_context(&context) }
    if packet != nil { av_packet_free(&packet) }
    if frame != nil { av_frame_free(&frame) }
    isFinished = true
  }

  /// FFmpeg's short name of the track's codec, or the file's own four letters for an unknown one.
  static func codecName(_ stream: UnsafeMutablePointer<AVStream>) -> String {
    let parameters = stream.pointee.codecpar.pointee
    if parameters.codec_id != AV_CODEC_ID_NONE {
      return String(cString: avcodec_get_name(parameters.codec_id))
    }
    let letters = (0..<4).map { UInt8(truncatingIfNeeded: parameters.codec_tag >> (8 * $0)) }
    guard letters.allSatisfy({ (0x21...0x7e).contains($0) }) else { return "unknown" }
    return String(decoding: letters, as: UTF8.self)
  }

  private func open() throws(MediaError) {
    let parameters = stream.pointee.codecpar
    let name = Self.codecName(stream)
    guard let id = parameters?.pointee.codec_id, let codec = avcodec_find_decoder(id) else {
      throw MediaError(
        .unreadable, path: container.path,
        reason: "no decoder for '\(name)'; re-encode it")
    }
    guard AllowedCodecs.contains(id) else {
      throw MediaError(
        .unreadable, path: container.path,
        reason: "its codec '\(name)' is not among those that are decoded; re-encode it")
    }
    context = avcodec_alloc_context3(codec)
    packet = av_packet_alloc()
    frame = av_frame_alloc()
    guard let context, packet != nil, frame != nil else {
      throw MediaError(outOfMemory: container.path)
    }
    var code = avcodec_parameters_to_context(context, parameters)
    if code >= 0 {
      context.pointee.pkt_timebase = stream.pointee.time_base
      context.pointee.thread_count = 1
      context.pointee.max_pixels = container.limits.maxPixels
      code = avcodec_open2(context, codec, nil)
    }
    guard code >= 0 else {
      throw MediaError(code, path: container.path, "its '\(name)' decoder cannot be opened")
    }
  }

  /// Forgets what was decoded: after a seek, or to start again.
  func flush() {
    if let context { avcodec_flush_buffers(context) }
    isDraining = false
    isFinished = false
    drainErrors = 0
    isRunningUp = true
  }

  /// The next frame in order of presentation, nil at the end.
  ///
  /// With a `packetLimit`, gives up (nil, not finished) once so many packets of any track were read.
  func next(packetLimit: Int = .max) throws(MediaError) -> DecodedFrame? {
    guard let context, let packet, let frame else { return nil }
    while !isFinished {
      let code = avcodec_receive_frame(context, frame)
      if code >= 0 {
        let isDamaged =
          frame.pointee.decode_error_flags != 0
          || frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
        if isDamaged {
          if !isRunningUp { damagedFrames += 1 }
          av_frame_unref(frame)
          continue
        }
        isRunningUp = false
        container.deadline.progress()
        guard let decoded = DecodedFrame(taking: frame) else {
          throw MediaError(outOfMemory: container.path)
        }
        return decoded
      }
      if code == cff_error_eof() {
        isFinished = true
        return nil
      }
      if code == cff_error_no_memory() { throw MediaError(outOfMemory: container.path) }
      if code != cff_error_again() {
        if !isRunningUp { badPackets += 1 }
        if isDraining {
          drainErrors += 1
          if drainErrors > 64 { isFinished = true }
          continue
        }
      }
      if isDraining {
        // A drained decoder that asks for more has nothing left.
        isFinished = true
        return nil
      }
      if packetsRead >= packetLimit { return nil }
      try feed(context, packet)
    }
    return nil
  }

  /// Reads up to the next packet of this track and sends it; at the end of the file, sends the end.
  private func feed(
    _ context: UnsafeMutablePointer<AVCodecContext>, _ packet: UnsafeMutablePointer<AVPacket>
  ) throws(MediaError) {
    guard try container.read(into: packet) else {
      isDraining = true
      if avcodec_send_packet(context, nil) == cff_error_no_memory() {
        throw MediaError(outOfMemory: container.path)
      }
      return
    }
    packetsRead += 1
    defer { av_packet_unref(packet) }
    guard packet.pointee.stream_index == stream.pointee.index else { return }
    if let mayBeWanted {
      let isWanted =
        packet.pointee.pts == cff_no_pts()
        || mayBeWanted(packet.pointee.pts, packet.pointee.duration)
      context.pointee.skip_frame = isWanted ? AVDISCARD_DEFAULT : AVDISCARD_NONREF
    }
    let code = avcodec_send_packet(context, packet)
    if code == cff_error_no_memory() { throw MediaError(outOfMemory: container.path) }
    if code < 0, code != cff_error_again(), !isRunningUp { badPackets += 1 }
  }
}
