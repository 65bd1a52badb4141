import CFFmpeg
import Storage

/// Writes still pictures: JPEG, PNG, and PNG with a palette as masks are kept in.
package enum ImageWriter {
  /// Writes `height * width * 3` RGB bytes as a JPEG file (4:2:0). `quality` is the quantiser's scale
  /// from 2 (best) to 31.
  package static func writeJPEG(
    _ pixels: [UInt8], width: Int, height: Int, quality: Int = 3, to path: String
  ) throws(MediaError) {
    try store(
      try jpeg(pixels, width: width, height: height, quality: quality, name: path), at: path)
  }

  /// The bytes of such a file, of the even part of the size; `name` is what errors call it.
  package static func jpeg(
    _ pixels: [UInt8], width: Int, height: Int, quality: Int, name: String
  ) throws(MediaError) -> [UInt8] {
    let encoder = try Encoder(path: name, name: "mjpeg")
    let conversion = try PixelConversion(
      path: name, width: width, height: height, format: AV_PIX_FMT_YUVJ420P, fullRange: true,
      evenSize: true)
    try conversion.convert(pixels)
    encoder.context.pointee.flags |= AV_CODEC_FLAG_QSCALE
    encoder.context.pointee.global_quality = Int32(max(2, min(31, quality))) * FF_QP2LAMBDA
    conversion.frame.pointee.quality = encoder.context.pointee.global_quality
    encoder.context.pointee.color_range = AVCOL_RANGE_JPEG
    return try bytes(of: conversion.frame, by: encoder)
  }

  /// Writes `height * width * 3` RGB bytes as a PNG file.
  package static func writePNG(
    _ pixels: [UInt8], width: Int, height: Int, to path: String
  ) throws(MediaError) {
    guard pixels.count == width * height * 3 else {
      throw MediaError(
        output: path, "a picture of \(pixels.count) bytes is not \(width)x\(height) RGB")
    }
    let frame = try PictureFrame(path, width, height, AV_PIX_FMT_RGB24)
    frame.fill(pixels, rowBytes: width * 3)
    try store(try bytes(of: frame.pointer, by: try Encoder(path: path, name: "png")), at: path)
  }

  /// Writes `height * width` palette indices as an indexed PNG file, in DAVIS's colours unless told.
  package static func writeIndexedPNG(
    _ indices: [UInt8], width: Int, height: Int, palette: Palette = .davis, to path: String
  ) throws(MediaError) {
    guard indices.count == width * height else {
      throw MediaError(output: path, "a mask of \(indices.count) pixels is not \(width)x\(height)")
    }
    let frame = try PictureFrame(path, width, height, AV_PIX_FMT_PAL8)
    frame.fill(indices, rowBytes: width)
    frame.setPalette(palette)
    try store(try bytes(of: frame.pointer, by: try Encoder(path: path, name: "png")), at: path)
  }

  private static func bytes(
    of frame: UnsafeMutablePointer<AVFrame>, by encoder: Encoder
  ) throws(MediaError) -> [UInt8] {
    let context = encoder.context
    context.pointee.width = frame.pointee.width
    context.pointee.height = frame.pointee.height
    context.pointee.pix_fmt = AVPixelFormat(frame.pointee.format)
    context.pointee.time_base = AVRational(num: 1, den: 25)
    try encoder.open()
    var bytes: [UInt8] = []
    let take = { (packet: UnsafeMutablePointer<AVPacket>) in
      bytes += UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
    }
    try encoder.encode(frame, take)
    try encoder.encode(nil, take)
    return bytes
  }

  private static func store(_ bytes: [UInt8], at path: String) throws(MediaError) {
    do throws(StorageError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw MediaError(error)
    }
  }
}

/// A picture in memory that an encoder takes as it is.
private final class PictureFrame {
  let pointer: UnsafeMutablePointer<AVFrame>

  init(_ path: String, _ width: Int, _ height: Int, _ format: AVPixelFormat) throws(MediaError) {
    guard (1...16_384).contains(width), (1...16_384).contains(height) else {
      throw MediaError(output: path, "pictures of \(width)x\(height) cannot be encoded")
    }
    guard let frame = av_frame_alloc() else {
      throw MediaError(noMemory: path, to: "encode a picture")
    }
    pointer = frame
    frame.pointee.width = Int32(width)
    frame.pointee.height = Int32(height)
    frame.pointee.format = format.rawValue
    try MediaError.check(av_frame_get_buffer(frame, 0), path, "encode a picture")
  }

  func fill(_ bytes: [UInt8], rowBytes: Int) {
    guard let data = pointer.pointee.data.0 else { return }
    let stride = Int(pointer.pointee.linesize.0)
    bytes.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      for row in 0..<Int(pointer.pointee.height) {
        (data + row * stride).update(from: base + row * rowBytes, count: rowBytes)
      }
    }
  }

  func setPalette(_ palette: Palette) {
    guard let data = pointer.pointee.data.1 else { return }
    data.withMemoryRebound(to: UInt32.self, capacity: 256) { entries in
      for index in 0..<256 { entries[index] = 0xFF00_0000 | palette.colours[index] }
    }
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = pointer
    av_frame_free(&frame)
  }
}
