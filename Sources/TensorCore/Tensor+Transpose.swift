extension Tensor {
  /// The transpose of a matrix [m, n] -> [n, m].
  package func transposed() -> Tensor {
    precondition(shape.rank == 2, "transpose of \(shape.text)")
    let (m, n) = (shape[0], shape[1])
    return .make([n, m]) { out in
      withData { source in
        parallelRanges(m, block: transposeSide) { transposeRows($0, of: source, m, n, into: out) }
      }
    }
  }
}

/// The transpose of a matrix [m, n] on the calling thread.
package func transpose(
  _ source: UnsafePointer<Float>, _ m: Int, _ n: Int, into out: UnsafeMutablePointer<Float>
) {
  for first in stride(from: 0, to: m, by: transposeSide) {
    transposeRows(first..<min(m, first + transposeSide), of: source, m, n, into: out)
  }
}

/// Squares of a few cache lines, so that both sides stay in the first-level cache.
private let transposeSide = 16

private func transposeRows(
  _ rows: Range<Int>, of source: UnsafePointer<Float>, _ m: Int, _ n: Int,
  into out: UnsafeMutablePointer<Float>
) {
  for first in stride(from: 0, to: n, by: transposeSide) {
    for column in first..<min(n, first + transposeSide) {
      for row in rows { out[column &* m &+ row] = source[row &* n &+ column] }
    }
  }
}
