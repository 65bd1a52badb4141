import CFFmpeg
import Storage

/// A still picture from a PNG or JPEG file, decoded in this process; `MediaSource` does so in one of its own.
///
/// Files are read strictly: a bound on bytes and pixels, the structure and every checksum of a PNG, the end
/// mark of a JPEG. Anything else is refused.
package final class StillImage {
  package let path: String
  package let width: Int
  package let height: Int
  private let decoded: DecodedFrame
  private let scaler = FrameScaler()

  /// Bytes of a file, and pixels of a side.
  static let byteLimit = 256 << 20
  private static let sideLimit = 16_384
  /// Those of a PNG of single bits that are all alike.
  private static let mostPixelsAByte: Int64 = 8256

  /// What the pixels of a picture are.
  package enum Content: Sendable, Hashable {
    /// One number a pixel: a palette's index or a grey value.
    case numbers([UInt8])
    /// Four bytes a pixel: red, green, blue, alpha.
    case colours([UInt8])
  }

  /// Reads and decodes the file at `path`.
  package convenience init(path: String) throws {
    try self.init(try readBytes(path, limit: Self.byteLimit), path: path)
  }

  /// Decodes `bytes`, of the file at `path`.
  init(_ bytes: [UInt8], path: String) throws(MediaError) {
    self.path = path
    let codec: AVCodecID
    if PNGStructure.isPNG(bytes) {
      if let fault = PNGStructure.fault(in: bytes, sideLimit: Self.sideLimit) {
        throw MediaError(.unreadable, path: path, reason: "\(fault); save the PNG again")
      }
      codec = AV_CODEC_ID_PNG
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      guard Self.endsAsJPEG(bytes) else {
        throw MediaError(.unreadable, path: path, reason: "the JPEG is cut short; copy it again")
      }
      codec = AV_CODEC_ID_MJPEG
    } else {
      throw MediaError(.unreadable, path: path, reason: "neither PNG nor JPEG; convert it to one")
    }
    decoded = try Self.decode(bytes, codec, path)
    width = Int(decoded.pointer.pointee.width)
    height = Int(decoded.pointer.pointee.height)
  }

  /// Some cameras put zeros behind the end mark.
  private static func endsAsJPEG(_ bytes: [UInt8]) -> Bool {
    guard let last = bytes.lastIndex(where: { $0 != 0 }), last > 2 else { return false }
    return bytes[last] == 0xD9 && bytes[last - 1] == 0xFF
  }

  private static func decode(
    _ bytes: [UInt8], _ id: AVCodecID, _ path: String
  ) throws(MediaError) -> DecodedFrame {
    cff_silence_log()
    func failure(_ reason: String) -> MediaError {
      MediaError(.unreadable, path: path, reason: "\(reason); save it again")
    }
    guard let codec = avcodec_find_decoder(id) else { throw failure("no decoder for it") }
    var context = avcodec_alloc_context3(codec)
    var packet = av_packet_alloc()
    var frame = av_frame_alloc()
    defer {
      avcodec_free_context(&context)
      av_packet_free(&packet)
      av_frame_free(&frame)
    }
    guard let context, let packet, let frame else { throw MediaError(outOfMemory: path) }
    context.pointee.thread_count = 1
    // A header may claim anything; no picture of a camera or a mask has more pixels a byte.
    context.pointee.max_pixels = min(
      Int64(sideLimit) * Int64(sideLimit), Int64(bytes.count) * mostPixelsAByte)
    if id == AV_CODEC_ID_PNG { context.pointee.err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE }
    // A packet's memory ends in zeros that the decoder may read.
    var code = av_new_packet(packet, Int32(bytes.count))
    if code >= 0 {
      bytes.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        packet.pointee.data.update(from: base, count: source.count)
      }
      code = avcodec_open2(context, codec, nil)
    }
    if code >= 0 { code = avcodec_send_packet(context, packet) }
    if code >= 0 { code = avcodec_receive_frame(context, frame) }
    if code == cff_error_no_memory() { throw MediaError(outOfMemory: path) }
    guard code >= 0 else { throw failure("cannot be decoded (\(ffmpegText(code)))") }
    guard frame.pointee.decode_error_flags == 0, frame.pointee.width > 0,
      frame.pointee.height > 0, frame.pointee.width <= sideLimit,
      frame.pointee.height <= sideLimit
    else { throw failure("its pixels are damaged") }
    guard let decoded = DecodedFrame(taking: frame) else { throw MediaError(outOfMemory: path) }
    return decoded
  }

  /// RGB bytes, `width * height * 3`, at another size where one is given.
  package func pixels(width: Int? = nil, height: Int? = nil) throws(MediaError) -> [UInt8] {
    let (width, height) = (max(1, width ?? self.width), max(1, height ?? self.height))
    var bytes = [UInt8](repeating: 0, count: width * height * 3)
    let isDone = bytes.withUnsafeMutableBufferPointer { buffer in
      guard let target = buffer.baseAddress else { return false }
      return scaler.convert(
        decoded.pointer, geometry: FrameGeometry(matrix: nil), width: width, height: height,
        into: target)
    }
    guard isDone else {
      throw MediaError(.unreadable, path: path, reason: "its pixels cannot be turned into RGB")
    }
    return bytes
  }

  /// The pixels as the file has them: a palette's indices, grey values, or colours. Nil for kinds that no
  /// mask is kept in (16 bits, JPEG).
  package func content() -> Content? {
    switch decoded.pointer.pointee.format {
    case AV_PIX_FMT_PAL8.rawValue, AV_PIX_FMT_GRAY8.rawValue: .numbers(rows(bytesAPixel: 1))
    case AV_PIX_FMT_MONOBLACK.rawValue: .numbers(bits())
    case AV_PIX_FMT_YA8.rawValue:
      .numbers(stride(from: 0, to: width * height * 2, by: 2).map(rows(bytesAPixel: 2).at))
    case AV_PIX_FMT_RGBA.rawValue: .colours(rows(bytesAPixel: 4))
    case AV_PIX_FMT_RGB24.rawValue:
      .colours(Self.opaque(rows(bytesAPixel: 3)))
    default: nil
    }
  }

  private func rows(bytesAPixel: Int) -> [UInt8] {
    guard let data = decoded.pointer.pointee.data.0 else { return [] }
    let line = Int(decoded.pointer.pointee.linesize.0)
    var result: [UInt8] = []
    result.reserveCapacity(width * height * bytesAPixel)
    for y in 0..<height {
      result += UnsafeBufferPointer(start: data + y * line, count: width * bytesAPixel)
    }
    return result
  }

  /// A picture of single bits as 0 and 255.
  private func bits() -> [UInt8] {
    guard let data = decoded.pointer.pointee.data.0 else { return [] }
    let line = Int(decoded.pointer.pointee.linesize.0)
    return (0..<width * height).map { at in
      let (y, x) = (at / width, at % width)
      return data[y * line + x / 8] >> UInt8(7 - x % 8) & 1 == 1 ? 255 : 0
    }
  }

  private static func opaque(_ rgb: [UInt8]) -> [UInt8] {
    var result = [UInt8](repeating: 255, count: rgb.count / 3 * 4)
    for pixel in 0..<rgb.count / 3 {
      for channel in 0..<3 { result[4 * pixel + channel] = rgb[3 * pixel + channel] }
    }
    return result
  }
}

extension [UInt8] {
  fileprivate func at(_ index: Int) -> UInt8 { self[index] }
}
