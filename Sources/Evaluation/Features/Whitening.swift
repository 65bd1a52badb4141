import CKernels
import TensorCore

/// A linear map under which the features of a frame have, about, the same spread in every direction.
///
/// With covariance C of the centred features and a ridge r of the mean variance, (C + r) = L Lᵀ and the map is
/// L⁻¹: the cosine after it is that of the Mahalanobis inner product.
struct Whitening {
  /// L⁻ᵀ, [channels, channels]: rows of features are multiplied from the left.
  private let map: Tensor

  /// From centred features [cells, channels]; `ridge` above 0 is a share of the mean variance.
  init(_ features: Tensor, ridge: Double) {
    let (cells, n) = (features.shape[0], features.shape[1])
    var products = Tensor.zeros([n, n])
    products.withMutableData { out in
      features.withData {
        gemm(n, n, cells, $0, lda: n, transposeA: true, $0, ldb: n, out, ldc: n)
      }
    }
    var c = products.array.map { Double($0) / Double(max(1, cells)) }
    let variance = (0..<n).reduce(0.0) { $0 + c[$1 * n + $1] } / Double(max(1, n))
    for i in 0..<n { c[i * n + i] += max(ridge * variance, 1e-12) }
    let inverse = Self.inverseFactor(c, n)
    map = .make([n, n]) { out in
      for i in 0..<n { for j in 0..<n { out[i * n + j] = Float(inverse[j * n + i]) } }
    }
  }

  /// [cells, channels] mapped.
  func callAsFunction(_ features: Tensor) -> Tensor {
    let (cells, n) = (features.shape[0], features.shape[1])
    return .make([cells, n]) { out in
      features.withData { source in
        map.withData { map in
          parallelRanges(cells, block: 256) { range in
            let at = range.lowerBound * n
            gemm(range.count, n, n, source + at, lda: n, map, ldb: n, out + at, ldc: n)
          }
        }
      }
    }
  }

  /// L⁻¹ of a positive definite matrix L Lᵀ, row-major, zeros above the diagonal.
  private static func inverseFactor(_ matrix: [Double], _ n: Int) -> [Double] {
    var l = matrix
    var inverse = [Double](repeating: 0, count: n * n)
    l.withUnsafeMutableBufferPointer { l in
      for j in 0..<n {
        for i in j..<n {
          var sum = l[i * n + j]
          for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
          // Rounding may take a pivot below zero where the ridge is tiny; 1e-30 keeps it finite.
          l[i * n + j] = i == j ? max(sum, 1e-30).squareRoot() : sum / l[j * n + j]
        }
      }
      for j in 0..<n {
        inverse[j * n + j] = 1 / l[j * n + j]
        for i in j + 1..<max(n, j + 1) {
          var sum = 0.0
          for k in j..<i { sum -= l[i * n + k] * inverse[k * n + j] }
          inverse[i * n + j] = sum / l[i * n + i]
        }
      }
    }
    return inverse
  }
}
