import CFFmpeg

/// How a track's pictures are to be shown: the turn of the display matrix and the sample aspect ratio.
struct FrameGeometry: Hashable {
  /// A quarter turn: rows become columns. Flips come after it.
  var isTransposed = false
  var flipsHorizontally = false
  var flipsVertically = false

  /// The turn that the stream's display matrix asks for, to the nearest quarter, mirrored or not.
  init(matrix: UnsafePointer<Int32>?) {
    guard let matrix else { return }
    // Shown x = a x + c y, shown y = b x + d y.
    let (a, b) = (Int64(matrix[0]), Int64(matrix[1]))
    let (c, d) = (Int64(matrix[3]), Int64(matrix[4]))
    isTransposed = abs(b) + abs(c) > abs(a) + abs(d)
    flipsHorizontally = isTransposed ? c < 0 : a < 0
    flipsVertically = isTransposed ? b < 0 : d < 0
  }

  var isIdentity: Bool { !isTransposed && !flipsHorizontally && !flipsVertically }

  /// The shown size of coded pictures of `width` x `height` pixels of shape `aspect`, as ffmpeg and
  /// players have it: the width is stretched by the aspect ratio, then the picture is turned.
  func displayed(width: Int, height: Int, aspect: AVRational) -> (width: Int, height: Int) {
    var ratio = 1.0
    if aspect.num > 0, aspect.den > 0 { ratio = Double(aspect.num) / Double(aspect.den) }
    // A shape beyond this is damage, not a lens.
    if !(1.0 / 16...16).contains(ratio) { ratio = 1 }
    let stretched = max(1, Int((Double(width) * ratio).rounded()))
    return isTransposed ? (height, stretched) : (stretched, height)
  }

  /// The size with the shorter side scaled to `shortSide` and the longer one rounded to a multiple of `multiple`.
  static func scaled(
    width: Int, height: Int, shortSide: Int, multiple: Int = 1
  ) -> (width: Int, height: Int) {
    func long(_ side: Int, over short: Int) -> Int {
      let exact = Double(side) * Double(shortSide) / Double(max(1, short))
      return max(1, Int((exact / Double(multiple)).rounded())) * multiple
    }
    return width <= height
      ? (shortSide, long(height, over: width)) : (long(width, over: height), shortSide)
  }

  /// Writes the RGB picture `source` (`width` x `height`, `stride` bytes a row), turned, to
  /// `target`, whose rows follow each other without gaps.
  func place(
    _ source: UnsafePointer<UInt8>, width: Int, height: Int, stride: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    if isIdentity {
      for y in 0..<height {
        (target + y * width * 3).update(from: source + y * stride, count: width * 3)
      }
      return
    }
    let (outWidth, outHeight) = isTransposed ? (height, width) : (width, height)
    for y in 0..<outHeight {
      let v = flipsVertically ? outHeight - 1 - y : y
      let step = (isTransposed ? stride : 3) * (flipsHorizontally ? -1 : 1)
      let u = flipsHorizontally ? outWidth - 1 : 0
      var from = source + (isTransposed ? u * stride + v * 3 : v * stride + u * 3)
      var to = target + y * outWidth * 3
      for _ in 0..<outWidth {
        to[0] = from[0]
        to[1] = from[1]
        to[2] = from[2]
        to += 3
        from += step
      }
    }
  }
}
