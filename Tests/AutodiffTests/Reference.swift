#if canImport(Glibc)
  import Glibc
#endif

/// Operations in float64, written as plainly as they can be: what the tape's are compared with.
enum Reference {
  /// op(a) op(b) of row-major matrices; op(a) is m×k, op(b) is k×n.
  static func matmul(
    _ a: [Double], _ b: [Double], _ m: Int, _ n: Int, _ k: Int, transposeA: Bool = false,
    transposeB: Bool = false
  ) -> [Double] {
    var c = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for p in 0..<k {
          c[i * n + j] +=
            a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j]
        }
      }
    }
    return c
  }

  /// Applies `function` to every row of `width` numbers.
  static func rows(_ x: [Double], _ width: Int, _ function: ([Double]) -> [Double]) -> [Double] {
    stride(from: 0, to: x.count, by: width).flatMap { function(Array(x[$0..<$0 + width])) }
  }

  static func softmax(_ x: [Double], dropped: [Bool]? = nil) -> [Double] {
    let e = x.indices.map { dropped?[$0] == true ? 0 : exp(x[$0]) }
    let total = e.reduce(0, +)
    return e.map { total > 0 ? $0 / total : 1 / Double(x.count) }
  }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  static func l2Normalise(_ x: [Double], epsilon: Double = 1e-12) -> [Double] {
    let length = max(dot(x, x).squareRoot(), epsilon)
    return x.map { $0 / length }
  }

  /// The mean of `size` consecutive rows of `width` numbers.
  static func meanGroups(_ x: [Double], size: Int, width: Int) -> [Double] {
    var out = [Double](repeating: 0, count: x.count / size)
    for index in x.indices {
      out[index / (size * width) * width + index % width] += x[index] / Double(size)
    }
    return out
  }
}

func logOf(_ x: Double) -> Double { log(x) }
