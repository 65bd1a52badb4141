/// The gradient of a convolution's output: at hand, or worked out piece by piece where it is used, while the
/// piece is in the cache.
package enum OutputGradient {
  case tensor(Tensor)
  /// Writes the gradient of `rows` of pixels, counted over all images; each row [width, channels].
  case computed((_ rows: Range<Int>, _ out: UnsafeMutablePointer<Float>) -> Void)

  /// Calls `body` with the gradient of `rows` of pixels, each of `row` floats.
  func withRows(_ rows: Range<Int>, row: Int, _ body: (UnsafePointer<Float>) -> Void) {
    switch self {
    case .tensor(let whole):
      whole.withData { body($0 + rows.lowerBound * row) }
    case .computed(let fill):
      withScratch(rows.count * row) { scratch in
        fill(rows, scratch)
        body(scratch)
      }
    }
  }

  /// All of it, [N, H, W, C].
  func whole(_ shape: Shape) -> Tensor {
    switch self {
    case .tensor(let whole):
      return whole
    case .computed(let fill):
      let rows = shape[0] * shape[1]
      return .make(shape) { out in
        parallelRanges(rows, block: max(1, elementwiseBlock / max(1, shape[2] * shape[3]))) {
          fill($0, out + $0.lowerBound * shape[2] * shape[3])
        }
      }
    }
  }
}
