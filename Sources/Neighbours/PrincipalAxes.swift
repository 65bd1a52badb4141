import CKernels
import TensorCore

/// Principal component analysis: the directions in which rows differ most (Pearson 1901), by orthogonal
/// iteration on the covariance (Golub & Van Loan, "Matrix Computations", 8.2).
package struct PrincipalAxes: Sendable {
  /// The mean row, [columns].
  package let mean: [Float]
  /// Unit vectors, [count × columns], the largest variance first; the largest component of each is positive.
  package let axes: Tensor
  /// The variance along each (over rows less one).
  package let variances: [Double]
  /// The variance along all directions together.
  package let totalVariance: Double

  /// Vectors iterated besides those wanted: they carry the rest of the spectrum, so that the wanted ones
  /// settle faster.
  private static let spare = 6
  private static let mostIterations = 1000

  /// `data` is [rows, columns]; `count` is at most the number of columns. The iteration ends where no wanted axis turns by
  /// more than an angle of cosine 1 - `tolerance` and no variance moves by more than the hundredfold share of it.
  package init(_ data: Tensor, count: Int, tolerance: Double = 1e-14) {
    let (rows, columns) = (data.shape[0], data.shape[1])
    precondition(count > 0 && count <= columns && rows > 0, "\(count) axes of \(data.shape.text)")
    var sums = [Double](repeating: 0, count: columns)
    data.withData { pk_column_sums(rows, columns, $0, &sums) }
    let mean = sums.map { Float($0 / Double(rows)) }
    self.mean = mean
    let centred = Self.centred(data, mean)
    let covariance = matmul(centred, transposed: true, centred).array.map {
      Double($0) / Double(max(1, rows - 1))
    }
    totalVariance = (0..<columns).reduce(0) { $0 + covariance[$1 * columns + $1] }
    let (vectors, values) = Self.iterate(covariance, columns, count, tolerance)
    variances = values
    axes = Tensor(vectors.map { Float($0) }, [count, columns])
  }

  /// Where rows lie along the axes, [rows, count].
  package func coordinates(of data: Tensor) -> Tensor {
    matmul(Self.centred(data, mean), transposed: false, axes, transposed: true)
  }

  private static func centred(_ data: Tensor, _ mean: [Float]) -> Tensor {
    let (rows, columns) = (data.shape[0], data.shape[1])
    return .make(data.shape) { out in
      data.withData { source in
        out.update(from: source, count: rows * columns)
        for row in 0..<rows { pk_axpy(columns, -1, mean, out + row * columns) }
      }
    }
  }

  /// The leading eigenvectors [count × n] of a symmetric matrix with no negative eigenvalue, and their values.
  private static func iterate(
    _ matrix: [Double], _ n: Int, _ count: Int, _ tolerance: Double
  ) -> (vectors: [Double], values: [Double]) {
    let width = min(n, count + spare)
    var random = CounterRandom(seed: 0, purpose: .projection)
    var basis = (0..<width * n).map { _ in Double(random.normal()) }
    orthonormalise(&basis, n)
    var values = [Double](repeating: 0, count: width)
    for _ in 0..<mostIterations {
      var image = product(matrix, basis, n)
      let last = values
      for row in 0..<width { values[row] = dot(basis, row, image, row, n) }
      orthonormalise(&image, n)
      var turned = 0.0
      for row in 0..<count { turned = max(turned, 1 - abs(dot(basis, row, image, row, n))) }
      basis = image
      let moved = zip(values, last).prefix(count).map { abs($0 - $1) }.max() ?? 0
      if turned < tolerance, moved <= 100 * tolerance * max(values[0], 1e-300) { break }
    }
    for row in 0..<count {
      let line = row * n..<(row + 1) * n
      let largest = line.max { abs(basis[$0]) < abs(basis[$1]) } ?? line.lowerBound
      if basis[largest] < 0 { for at in line { basis[at] = -basis[at] } }
    }
    return (Array(basis[..<(count * n)]), Array(values[..<count]))
  }

  /// Each row of `rows` [k × n] times the symmetric matrix.
  private static func product(_ matrix: [Double], _ rows: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: rows.count)
    let width = rows.count / n
    result.withUnsafeMutableBufferPointer { result in
      rows.withUnsafeBufferPointer { rows in
        matrix.withUnsafeBufferPointer { matrix in
          for row in 0..<width {
            for i in 0..<n {
              let factor = rows[row &* n &+ i]
              for j in 0..<n {
                result[row &* n &+ j] += factor * matrix[i &* n &+ j]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Row `i` of `a` times row `j` of `b`.
  private static func dot(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int, _ n: Int) -> Double {
    var sum = 0.0
    for at in 0..<n { sum += a[i * n + at] * b[j * n + at] }
    return sum
  }

  /// Gram-Schmidt, twice for rows that were almost dependent.
  private static func orthonormalise(_ rows: inout [Double], _ n: Int) {
    for row in 0..<rows.count / n {
      for _ in 0..<2 {
        for other in 0..<row {
          let share = dot(rows, row, rows, other, n)
          for i in 0..<n { rows[row * n + i] -= share * rows[other * n + i] }
        }
      }
      let length = dot(rows, row, rows, row, n).squareRoot()
      // Beyond the rank of the matrix nothing is left.
      for i in 0..<n { rows[row * n + i] = length > 1e-200 ? rows[row * n + i] / length : 0 }
    }
  }
}
