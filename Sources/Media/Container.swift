import CFFmpeg
import Foundation

/// An opened media file: its demuxer and tracks. Used by one thread at a time.
///
/// Opening trusts nothing: only regular files, only the formats of `AllowedFormats` and the codecs of `AllowedCodecs`,
/// only the `file` protocol, no file that the file names, and bounds on what is read. (A name such as `http:x.mp4` is a file's name here, and an
/// HLS or concat text named `.mp4` cannot make other files be opened.)
final class Container {
  let path: String
  let limits: MediaLimits
  let deadline: Deadline
  /// Bytes of the file when it was opened.
  let fileSize: Int64
  private var context: UnsafeMutablePointer<AVFormatContext>?
  private var input: UnsafeMutablePointer<AVIOContext>?

  init(path: String, limits: MediaLimits, deadline: Deadline) throws(MediaError) {
    Log.silence
    self.path = path
    self.limits = limits
    self.deadline = deadline
    fileSize = try Self.sizeOfRegularFile(path)
    do {
      try open()
    } catch {
      close()
      throw error
    }
  }

  deinit { close() }

  /// The same file opened anew, at its beginning.
  func reopened(deadline other: Deadline? = nil) throws(MediaError) -> Container {
    try Container(path: path, limits: limits, deadline: other ?? deadline)
  }

  /// Bytes of the file that reading has come to.
  var position: Int64 { context?.pointee.pb?.pointee.pos ?? 0 }

  /// Releases the demuxer and the file. Nothing may be read afterwards.
  func close() {
    if context != nil { avformat_close_input(&context) }
    if input != nil { avio_closep(&input) }
  }

  // MARK: Tracks

  var format: AVFormatContext? { context?.pointee }

  var formatName: String {
    guard let name = context?.pointee.iformat?.pointee.name else { return "" }
    return String(cString: name)
  }

  var streams: [UnsafeMutablePointer<AVStream>] {
    guard let context, let list = context.pointee.streams else { return [] }
    return (0..<Int(context.pointee.nb_streams)).compactMap { list[$0] }
  }

  /// Lets the demuxer skip the packets of every track but the one at `index`.
  func wantOnly(_ indices: Set<Int32>) {
    for stream in streams {
      stream.pointee.discard =
        indices.contains(stream.pointee.index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL
    }
  }

  // MARK: Reading

  /// Reads the next packet of any track; false at the end. A read error other than the end is kept
  /// in `readError` and ends the file.
  func read(into packet: UnsafeMutablePointer<AVPacket>) throws(MediaError) -> Bool {
    guard let context else { return false }
    var attempts = 0
    while true {
      if deadline.hasPassed { throw deadline.error(path: path) }
      let code = av_read_frame(context, packet)
      if code >= 0 { return true }
      if code == cff_error_exit() { throw deadline.error(path: path) }
      attempts += 1
      if code == cff_error_again(), attempts < 1000 { continue }
      if code == cff_error_no_memory() { throw MediaError(outOfMemory: path) }
      if code != cff_error_eof() { readError = ffmpegText(code) }
      return false
    }
  }

  /// FFmpeg's text of the error that ended reading, if it was one.
  private(set) var readError: String?

  /// Seeks to the last entry point of track `index` at or before `timestamp` (its time base).
  func seek(stream index: Int32, timestamp: Int64) -> Bool {
    guard let context else { return false }
    readError = nil
    return av_seek_frame(context, index, timestamp, AVSEEK_FLAG_BACKWARD) >= 0
  }

  // MARK: Opening

  private static func sizeOfRegularFile(_ path: String) throws(MediaError) -> Int64 {
    if path.utf8.contains(0) {
      throw MediaError(.unreadable, path: path, reason: "a file's name cannot hold a zero byte")
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let text = String(cString: strerror(errno))
      throw MediaError(
        .unreadable, path: path,
        reason: "cannot be opened (\(text)); check the path and its permissions")
    }
    // A pipe would block for ever; a folder or device is no video.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw MediaError(.refused, path: path, reason: "is not a regular file")
    }
    guard status.st_size > 0 else {
      throw MediaError(.empty, path: path, reason: "the file has no bytes")
    }
    return Int64(status.st_size)
  }

  private func failure(_ code: Int32, _ what: String) -> MediaError {
    if code == cff_error_exit() || deadline.hasPassed { return deadline.error(path: path) }
    return MediaError(code, path: path, what)
  }

  /// FFmpeg's dictionary of `entries`, which the caller frees. Without one of them the file might do more than it may.
  private func dictionary(
    _ entries: KeyValuePairs<String, String>
  ) throws(MediaError) -> OpaquePointer? {
    var dictionary: OpaquePointer?
    for (name, value) in entries where av_dict_set(&dictionary, name, value, 0) < 0 {
      av_dict_free(&dictionary)
      throw MediaError(outOfMemory: path)
    }
    return dictionary
  }

  private func open() throws(MediaError) {
    var interrupt = cff_interrupt(deadline.pointer)
    var options = try dictionary(["protocol_whitelist": "file"])
    defer { av_dict_free(&options) }
    // Without the prefix a name with a colon would be taken for a protocol.
    let address = "file:" + path
    var code = avio_open2(&input, address, AVIO_FLAG_READ, &interrupt, &options)
    guard code >= 0 else { throw failure(code, "cannot be opened") }

    var format: UnsafePointer<AVInputFormat>?
    code = av_probe_input_buffer2(input, &format, address, nil, 0, 0)
    guard code >= 0, let format else { throw failure(code, "is not a media file") }
    let name = String(cString: format.pointee.name)
    guard AllowedFormats.contains(name) else {
      throw MediaError(
        .refused, path: path,
        reason: "format '\(name)' is not read (playlists, still pictures and texts never are); "
          + "convert it to MP4 or MKV")
    }

    var settings = try dictionary([
      "protocol_whitelist": "file", "format_whitelist": AllowedFormats.list,
      "codec_whitelist": AllowedCodecs.list, "enable_drefs": "0", "use_absolute_path": "0",
    ])
    defer { av_dict_free(&settings) }
    guard let fresh = avformat_alloc_context() else {
      throw MediaError(outOfMemory: path)
    }
    context = fresh
    fresh.pointee.pb = input
    cff_refuse_opens(fresh)
    fresh.pointee.interrupt_callback = interrupt
    fresh.pointee.max_streams = Int32(clamping: limits.maxStreams)
    fresh.pointee.probesize = limits.probeBytes
    fresh.pointee.max_analyze_duration = limits.analyzeMicroseconds
    code = avformat_open_input(&context, address, format, &settings)
    guard code >= 0, let context else { throw failure(code, "its \(name) header cannot be read") }

    var streamOptions: [OpaquePointer?] = []
    defer { for index in streamOptions.indices { av_dict_free(&streamOptions[index]) } }
    for _ in 0..<max(1, Int(context.pointee.nb_streams)) {
      streamOptions.append(try dictionary(["max_pixels": "\(limits.maxPixels)", "threads": "1"]))
    }
    code = avformat_find_stream_info(context, &streamOptions)
    guard !deadline.hasPassed else { throw deadline.error(path: path) }
    guard context.pointee.nb_streams > 0 else {
      if code < 0 { throw failure(code, "holds no track that can be read") }
      throw MediaError(.empty, path: path, reason: "holds no tracks")
    }
  }
}

/// The process's FFmpeg log.
enum Log {
  /// Evaluated once: no file may flood stderr.
  static let silence: Void = cff_silence_log()
}
