import CFFmpeg

/// The pictures of a file: RGB in, H.264 packets out.
final class PictureTrack {
  private let encoder: Encoder
  private let conversion: PixelConversion
  private let filter: PacketFilter
  private let container: OutputContainer
  private let track: UnsafeMutablePointer<AVStream>
  private var count: Int64 = 0

  init(
    path: String, _ settings: VideoWriter.Settings, in container: OutputContainer
  ) throws(MediaError) {
    self.container = container
    encoder = try Encoder(path: path, name: "libx264")
    conversion = try PixelConversion(
      path: path, width: settings.width, height: settings.height, format: AV_PIX_FMT_YUV420P,
      fullRange: false, evenSize: true)
    let context = encoder.context
    let rate = av_d2q(settings.rate, 1001 * 60)
    context.pointee.width = conversion.frame.pointee.width
    context.pointee.height = conversion.frame.pointee.height
    context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    context.pointee.framerate = rate
    context.pointee.time_base = AVRational(num: rate.den, den: rate.num)
    context.pointee.gop_size = Int32(max(1, (2 * settings.rate).rounded()))
    context.pointee.color_range = AVCOL_RANGE_MPEG
    context.pointee.colorspace = AVCOL_SPC_SMPTE170M
    context.pointee.color_primaries = AVCOL_PRI_SMPTE170M
    context.pointee.color_trc = AVCOL_TRC_SMPTE170M
    context.pointee.flags |= Int32(AV_CODEC_FLAG_GLOBAL_HEADER)
    // Macroblock-tree rate control with B-frames reads memory that x264 never wrote (core 164,
    // AVX-512): the bytes would differ from run to run.
    try encoder.open([
      ("preset", settings.effort), ("crf", String(max(0, min(51, settings.quality)))),
      ("mbtree", "0"),
    ])
    track = try container.addTrack(encoder)
    track.pointee.avg_frame_rate = rate
    // x264 writes its version and settings into a note (NAL type 6) before the first picture.
    filter = try PacketFilter(
      path: path, name: "filter_units", option: ("remove_types", "6"), for: encoder)
  }

  func append(_ pixels: [UInt8]) throws(MediaError) {
    try conversion.convert(pixels)
    conversion.frame.pointee.pts = count
    count += 1
    try send(conversion.frame)
  }

  func finish() throws(MediaError) { try send(nil) }

  private func send(_ frame: UnsafeMutablePointer<AVFrame>?) throws(MediaError) {
    try encoder.encode(frame) { (packet) throws(MediaError) in
      packet.pointee.duration = 1
      try filter.apply(packet)
      try container.write(packet, of: track, base: encoder.context.pointee.time_base)
    }
  }
}

/// The sound of a file: mono samples in, AAC packets out.
final class SoundTrack {
  private let path: String
  private let encoder: Encoder
  private let container: OutputContainer
  private let track: UnsafeMutablePointer<AVStream>
  private var waiting: [Float] = []
  private var count: Int64 = 0

  init(
    path: String, _ settings: VideoWriter.Settings, in container: OutputContainer
  ) throws(MediaError) {
    self.path = path
    self.container = container
    encoder = try Encoder(path: path, name: "aac")
    let context = encoder.context
    context.pointee.sample_fmt = AV_SAMPLE_FMT_FLTP
    context.pointee.sample_rate = Int32(clamping: settings.audioRate)
    context.pointee.bit_rate = Int64(settings.audioBitRate)
    context.pointee.time_base = AVRational(num: 1, den: Int32(clamping: settings.audioRate))
    context.pointee.flags |= Int32(AV_CODEC_FLAG_GLOBAL_HEADER)
    av_channel_layout_default(&context.pointee.ch_layout, 1)
    try encoder.open()
    track = try container.addTrack(encoder)
  }

  private var frameSize: Int { max(1, Int(encoder.context.pointee.frame_size)) }

  func append(_ samples: [Float]) throws(MediaError) {
    waiting += samples
    var start = 0
    while waiting.count - start >= frameSize {
      try send(waiting[start..<start + frameSize])
      start += frameSize
    }
    waiting.removeFirst(start)
  }

  func finish() throws(MediaError) {
    if !waiting.isEmpty { try send(waiting[...]) }
    waiting = []
    try take(nil)
  }

  private func send(_ samples: ArraySlice<Float>) throws(MediaError) {
    var frame = av_frame_alloc()
    defer { av_frame_free(&frame) }
    guard let frame else {
      throw MediaError(noMemory: path, to: "encode sound")
    }
    frame.pointee.nb_samples = Int32(samples.count)
    frame.pointee.format = AV_SAMPLE_FMT_FLTP.rawValue
    frame.pointee.sample_rate = encoder.context.pointee.sample_rate
    av_channel_layout_default(&frame.pointee.ch_layout, 1)
    frame.pointee.pts = count
    count += Int64(samples.count)
    try MediaError.check(av_frame_get_buffer(frame, 0), path, "encode sound")
    samples.withUnsafeBytes { source in
      guard let data = frame.pointee.data.0, let base = source.baseAddress else { return }
      UnsafeMutableRawPointer(data).copyMemory(from: base, byteCount: source.count)
    }
    try take(frame)
  }

  private func take(_ frame: UnsafeMutablePointer<AVFrame>?) throws(MediaError) {
    try encoder.encode(frame) { (packet) throws(MediaError) in
      try container.write(packet, of: track, base: encoder.context.pointee.time_base)
    }
  }
}

/// One of FFmpeg's bitstream filters that gives a packet for a packet.
final class PacketFilter {
  private let path: String
  private var context: UnsafeMutablePointer<AVBSFContext>?

  init(
    path: String, name: String, option: (name: String, value: String), for encoder: Encoder
  ) throws(MediaError) {
    self.path = path
    guard let filter = av_bsf_get_by_name(name) else {
      throw MediaError(
        output: path,
        "this FFmpeg has no \(name) filter; install the distribution's full libavcodec")
    }
    try MediaError.check(av_bsf_alloc(filter, &context), path, "start the \(name) filter")
    guard let context else { return }
    try MediaError.check(
      avcodec_parameters_from_context(context.pointee.par_in, encoder.context), path,
      "start the \(name) filter")
    context.pointee.time_base_in = encoder.context.pointee.time_base
    try MediaError.check(
      av_opt_set(context.pointee.priv_data, option.name, option.value, 0), path,
      "start the \(name) filter")
    try MediaError.check(av_bsf_init(context), path, "start the \(name) filter")
  }

  /// Filters `packet` in place.
  func apply(_ packet: UnsafeMutablePointer<AVPacket>) throws(MediaError) {
    try MediaError.check(av_bsf_send_packet(context, packet), path, "filter a packet")
    try MediaError.check(av_bsf_receive_packet(context, packet), path, "filter a packet")
  }

  deinit { av_bsf_free(&context) }
}
