extension Tensor {
  /// The transpose of a matrix [m, n] -> [n, m].
  package func transposed() -> Tensor {
    precondition(shape.rank == 2, "transpose of \(shape.text)")
    let (m, n) = (shape[0], shape[1])
    return .make([n, m]) { out in
      withData { source in
        // Squares of a few cache lines, so that both sides stay in the first-level cache.
        parallelRanges(m, block: 16) { rows in
          for first in stride(from: 0, to: n, by: 16) {
            for column in first..<min(n, first + 16) {
              for row in rows { out[column &* m &+ row] = source[row &* n &+ column] }
            }
          }
        }
      }
    }
  }
}
