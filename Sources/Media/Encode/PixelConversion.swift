import CFFmpeg

/// Turns RGB bytes into an encoder's frame by swscale, the same bits on every run.
final class PixelConversion {
  private let path: String
  private let scaler: OpaquePointer
  private let sourceWidth: Int
  private let sourceHeight: Int
  /// The frame that the last conversion filled; its buffer is replaced when an encoder still holds it.
  let frame: UnsafeMutablePointer<AVFrame>

  /// From packed RGB to `format` of the same size less an odd last row and column, which 4:2:0
  /// cannot have, by the BT.601 matrix; `fullRange` as JPEG has it.
  init(
    path: String, width: Int, height: Int, format: AVPixelFormat, fullRange: Bool, evenSize: Bool
  ) throws(MediaError) {
    Log.silence
    self.path = path
    (sourceWidth, sourceHeight) = (width, height)
    let kept = evenSize ? (width & ~1, height & ~1) : (width, height)
    guard kept.0 > 0, kept.1 > 0, kept.0 <= 16_384, kept.1 <= 16_384 else {
      throw MediaError(output: path, "pictures of \(width)x\(height) cannot be encoded")
    }
    let (w, h) = (Int32(kept.0), Int32(kept.1))
    let flags = Int32(SWS_BICUBIC) | Int32(SWS_ACCURATE_RND) | Int32(SWS_BITEXACT)
    guard
      let scaler = sws_getContext(w, h, AV_PIX_FMT_RGB24, w, h, format, flags, nil, nil, nil)
    else { throw MediaError(noMemory: path, to: "convert pictures") }
    let matrix = sws_getCoefficients(Int32(SWS_CS_ITU601))
    sws_setColorspaceDetails(
      scaler, matrix, 1, matrix, fullRange ? 1 : 0, 0, 1 << 16, 1 << 16)
    guard let frame = av_frame_alloc() else {
      sws_freeContext(scaler)
      throw MediaError(noMemory: path, to: "convert pictures")
    }
    frame.pointee.width = w
    frame.pointee.height = h
    frame.pointee.format = format.rawValue
    frame.pointee.color_range = fullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
    frame.pointee.colorspace = AVCOL_SPC_SMPTE170M
    self.scaler = scaler
    self.frame = frame
    try MediaError.check(av_frame_get_buffer(frame, 0), path, "convert pictures")
  }

  /// Fills `frame` from `height * width * 3` bytes.
  func convert(_ pixels: [UInt8]) throws(MediaError) {
    guard pixels.count == sourceWidth * sourceHeight * 3 else {
      throw MediaError(
        output: path, "a picture of \(pixels.count) bytes is not \(sourceWidth)x\(sourceHeight) RGB"
      )
    }
    try MediaError.check(av_frame_make_writable(frame), path, "convert pictures")
    let rows = pixels.withUnsafeBufferPointer { source in
      var planes: [UnsafePointer<UInt8>?] = [source.baseAddress, nil, nil, nil]
      var strides: [Int32] = [Int32(sourceWidth * 3), 0, 0, 0]
      return withUnsafeMutablePointer(to: &frame.pointee.data) { data in
        data.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 8) { data in
          withUnsafePointer(to: &frame.pointee.linesize) { lines in
            lines.withMemoryRebound(to: Int32.self, capacity: 8) { lines in
              sws_scale(scaler, &planes, &strides, 0, frame.pointee.height, data, lines)
            }
          }
        }
      }
    }
    try MediaError.check(rows, path, "convert pictures")
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
    sws_freeContext(scaler)
  }
}
