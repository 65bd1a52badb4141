import CFFmpeg

/// Converts decoded pictures to RGB of a wanted size, with the right matrix and range, turned.
///
/// swscale's bicubic filter widens with the reduction (so that it does not alias) and is ffmpeg's
/// default. Rounding is accurate and bit-exact: the same picture gives the same bytes on any machine.
final class FrameScaler {
  static let flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT

  private struct Setting: Hashable {
    var width, height, format, space: Int32
    var isFullRange: Bool
    var outWidth, outHeight: Int32
  }

  private var context: OpaquePointer?
  private var setting: Setting?
  /// Rows of RGB before turning; swscale may write past a row's end, hence wide rows.
  private var rows: UnsafeMutableRawPointer?
  private var rowBytes = 0
  private var rowsCapacity = 0

  deinit { close() }

  func close() {
    if let context { sws_freeContext(context) }
    if let rows { av_free(rows) }
    context = nil
    rows = nil
    setting = nil
    rowsCapacity = 0
  }

  /// Scales `frame` to `width` x `height` shown pixels, writing `width * height * 3` bytes.
  /// False when swscale cannot (an unknown pixel format, no memory).
  func convert(
    _ frame: UnsafeMutablePointer<AVFrame>, geometry: FrameGeometry, width: Int, height: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let (outWidth, outHeight) = geometry.isTransposed ? (height, width) : (width, height)
    guard prepare(frame, outWidth: outWidth, outHeight: outHeight), let context, let rows
    else { return false }
    let source = withUnsafePointer(to: frame.pointee.data) {
      $0.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 8) { pointer in
        (0..<4).map { pointer[$0] }
      }
    }
    let strides = withUnsafePointer(to: frame.pointee.linesize) {
      $0.withMemoryRebound(to: Int32.self, capacity: 8) { pointer in (0..<4).map { pointer[$0] } }
    }
    let bytes = rows.assumingMemoryBound(to: UInt8.self)
    var targets: [UnsafeMutablePointer<UInt8>?] = [bytes, nil, nil, nil]
    let done = sws_scale(
      context, source, strides, 0, frame.pointee.height, &targets,
      [Int32(rowBytes), 0, 0, 0])
    guard done == Int32(outHeight) else { return false }
    geometry.place(bytes, width: outWidth, height: outHeight, stride: rowBytes, into: target)
    return true
  }

  private func prepare(
    _ frame: UnsafeMutablePointer<AVFrame>, outWidth: Int, outHeight: Int
  ) -> Bool {
    let (format, isFullRange) = Self.format(of: frame)
    let wanted = Setting(
      width: frame.pointee.width, height: frame.pointee.height, format: format.rawValue,
      space: Int32(frame.pointee.colorspace.rawValue), isFullRange: isFullRange,
      outWidth: Int32(clamping: outWidth), outHeight: Int32(clamping: outHeight))
    if wanted == setting, context != nil { return true }
    close()
    context = sws_getContext(
      wanted.width, wanted.height, format, wanted.outWidth, wanted.outHeight, AV_PIX_FMT_RGB24,
      Self.flags, nil, nil, nil)
    guard let context else { return false }
    // swscale looks at neither: it would take BT.601 and the format's default range.
    let full: Int32 = isFullRange ? 1 : 0
    sws_setColorspaceDetails(
      context, sws_getCoefficients(Self.coefficients(wanted.space)), full,
      sws_getCoefficients(SWS_CS_DEFAULT), 0, 0, 1 << 16, 1 << 16)
    rowBytes = (outWidth * 3 + 63) / 64 * 64 + 64
    rowsCapacity = rowBytes * (outHeight + 1)
    rows = av_malloc(rowsCapacity)
    guard rows != nil else { return false }
    setting = wanted
    return true
  }

  /// swscale's table for a frame's matrix; BT.601 where the file says nothing, as ffmpeg takes it.
  private static func coefficients(_ space: Int32) -> Int32 {
    switch UInt32(bitPattern: space) {
    case AVCOL_SPC_BT709.rawValue: SWS_CS_ITU709
    case AVCOL_SPC_FCC.rawValue: SWS_CS_FCC
    case AVCOL_SPC_SMPTE240M.rawValue: SWS_CS_SMPTE240M
    case AVCOL_SPC_BT2020_NCL.rawValue, AVCOL_SPC_BT2020_CL.rawValue: SWS_CS_BT2020
    default: SWS_CS_DEFAULT
    }
  }

  /// The pixel format without the old `yuvj` names, and whether its range is full.
  private static func format(
    of frame: UnsafeMutablePointer<AVFrame>
  ) -> (AVPixelFormat, isFullRange: Bool) {
    let plain: AVPixelFormat?
    switch frame.pointee.format {
    case AV_PIX_FMT_YUVJ420P.rawValue: plain = AV_PIX_FMT_YUV420P
    case AV_PIX_FMT_YUVJ422P.rawValue: plain = AV_PIX_FMT_YUV422P
    case AV_PIX_FMT_YUVJ444P.rawValue: plain = AV_PIX_FMT_YUV444P
    case AV_PIX_FMT_YUVJ440P.rawValue: plain = AV_PIX_FMT_YUV440P
    case AV_PIX_FMT_YUVJ411P.rawValue: plain = AV_PIX_FMT_YUV411P
    default: plain = nil
    }
    if let plain { return (plain, true) }
    let format = AVPixelFormat(frame.pointee.format)
    let range = frame.pointee.color_range
    return (
      format, range == AVCOL_RANGE_JPEG || (range == AVCOL_RANGE_UNSPECIFIED && isGrey(format))
    )
  }

  /// Grey, with or without transparency: where nothing is said its range is full, as ffmpeg takes it.
  private static func isGrey(_ format: AVPixelFormat) -> Bool {
    guard let description = av_pix_fmt_desc_get(format)?.pointee else { return false }
    let other = UInt64(
      AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_RGB
        | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_BITSTREAM)
    return description.nb_components <= 2 && description.flags & other == 0
  }
}
