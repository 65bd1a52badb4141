import CFFmpeg

/// One of FFmpeg's encoders: frames go in, packets come out, no clock or version gets into them.
final class Encoder {
  let path: String
  let context: UnsafeMutablePointer<AVCodecContext>
  private let packet: UnsafeMutablePointer<AVPacket>

  /// The encoder called `name`, not yet open.
  init(path: String, name: String) throws(MediaError) {
    self.path = path
    guard let codec = avcodec_find_encoder_by_name(name) else {
      throw MediaError(
        output: path,
        "this FFmpeg has no \(name) encoder; install the distribution's full libavcodec")
    }
    var fresh = avcodec_alloc_context3(codec)
    guard let context = fresh, let packet = av_packet_alloc() else {
      avcodec_free_context(&fresh)
      throw MediaError(noMemory: path, to: "start the \(name) encoder")
    }
    context.pointee.thread_count = 1
    // Encoders tell their settings at every opening; what matters comes back as an error code.
    context.pointee.log_level_offset = 64
    context.pointee.flags |= AV_CODEC_FLAG_BITEXACT
    self.context = context
    self.packet = packet
  }

  /// Opens the encoder with its own options.
  func open(_ options: [(name: String, value: String)] = []) throws(MediaError) {
    for option in options {
      try MediaError.check(
        av_opt_set(context.pointee.priv_data, option.name, option.value, 0), path,
        "set the encoder's \(option.name) to \(option.value)")
    }
    try MediaError.check(avcodec_open2(context, nil, nil), path, "open the encoder")
  }

  /// Sends a frame (nil: the end) and hands every packet that comes out to `take`.
  func encode(
    _ frame: UnsafeMutablePointer<AVFrame>?,
    _ take: (UnsafeMutablePointer<AVPacket>) throws(MediaError) -> Void
  ) throws(MediaError) {
    try MediaError.check(avcodec_send_frame(context, frame), path, "encode a frame")
    while true {
      let code = avcodec_receive_packet(context, packet)
      if code == cff_error_again() || code == cff_error_eof() { return }
      try MediaError.check(code, path, "encode a frame")
      defer { av_packet_unref(packet) }
      try take(packet)
    }
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
    var context: UnsafeMutablePointer<AVCodecContext>? = context
    avcodec_free_context(&context)
  }
}
