import CFFmpeg

/// An MP4 file being written: tracks are added, then the header, packets, and the trailer.
final class OutputContainer {
  private let path: String
  private var context: UnsafeMutablePointer<AVFormatContext>?

  /// Opens the file `aside`; errors name `path`.
  init(path: String, aside: String) throws(MediaError) {
    self.path = path
    // The prefix keeps a name with a colon from being taken for a protocol.
    let address = "file:" + aside
    try MediaError.check(
      avformat_alloc_output_context2(&context, nil, "mp4", address), path, "start a file")
    guard let context else {
      throw MediaError(noMemory: path, to: "start a file")
    }
    context.pointee.flags |= AVFMT_FLAG_BITEXACT
    let code = avio_open(&context.pointee.pb, address, AVIO_FLAG_WRITE)
    guard code >= 0 else {
      avformat_free_context(context)
      self.context = nil
      throw MediaError(
        output: path, "cannot be created: \(ffmpegText(code)); choose a folder you may write to"
      )
    }
  }

  /// Adds a track for an open encoder.
  func addTrack(_ encoder: Encoder) throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    guard let track = avformat_new_stream(context, nil) else {
      throw MediaError(noMemory: path, to: "add a track")
    }
    try MediaError.check(
      avcodec_parameters_from_context(track.pointee.codecpar, encoder.context), path,
      "add a track")
    track.pointee.time_base = encoder.context.pointee.time_base
    return track
  }

  func writeHeader() throws(MediaError) {
    var options: OpaquePointer?
    // The index goes first, so that players can start before they have the whole file.
    try MediaError.check(
      av_dict_set(&options, "movflags", "+faststart", 0), path, "write the header")
    let code = avformat_write_header(context, &options)
    av_dict_free(&options)
    try MediaError.check(code, path, "write the header")
  }

  /// Writes a packet whose times are in `base`; the packet is left empty.
  func write(
    _ packet: UnsafeMutablePointer<AVPacket>, of track: UnsafeMutablePointer<AVStream>,
    base: AVRational
  ) throws(MediaError) {
    av_packet_rescale_ts(packet, base, track.pointee.time_base)
    packet.pointee.stream_index = track.pointee.index
    try MediaError.check(av_interleaved_write_frame(context, packet), path, "write a packet")
  }

  func finish() throws(MediaError) {
    guard let context else { return }
    try MediaError.check(av_write_trailer(context), path, "finish the file")
    let code = avio_closep(&context.pointee.pb)
    abandon()
    try MediaError.check(code, path, "finish the file")
  }

  /// Closes the file as it is.
  func abandon() {
    guard let context else { return }
    avio_closep(&context.pointee.pb)
    avformat_free_context(context)
    self.context = nil
  }

  deinit { abandon() }
}
