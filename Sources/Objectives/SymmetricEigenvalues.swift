#if canImport(Glibc)
  import Glibc
#endif

/// The eigenvalues of a symmetric matrix, largest first, by cyclic Jacobi rotations (Golub & Van Loan,
/// "Matrix Computations", 8.5).
///
/// `matrix` is n × n, row-major. Meant for a few hundred rows: a sweep costs about 4 n³ operations, and
/// fewer than ten are needed.
func symmetricEigenvalues(_ matrix: [Double], size n: Int) -> [Double] {
  precondition(matrix.count == n * n, "\(matrix.count) numbers for a matrix of \(n) × \(n)")
  var a = matrix
  a.withUnsafeMutableBufferPointer { a in
    guard let a = a.baseAddress else { return }
    let scale = (0..<n * n).reduce(0.0) { $0 + a[$1] * a[$1] }
    for _ in 0..<30 {
      var off = 0.0
      for p in 0..<n { for q in p + 1..<max(n, p + 1) { off += a[p &* n &+ q] * a[p &* n &+ q] } }
      guard off > scale * 1e-20 else { break }
      for p in 0..<n { for q in p + 1..<max(n, p + 1) { rotate(a, n, p, q) } }
    }
  }
  return (0..<n).map { a[$0 * n + $0] }.sorted(by: >)
}

/// Turns the plane (p, q) so that a[p, q] becomes zero.
private func rotate(_ a: UnsafeMutablePointer<Double>, _ n: Int, _ p: Int, _ q: Int) {
  let apq = a[p &* n &+ q]
  guard apq != 0 else { return }
  let theta = (a[q &* n &+ q] - a[p &* n &+ p]) / (2 * apq)
  let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
  let cosine = 1 / (tangent * tangent + 1).squareRoot()
  let sine = tangent * cosine
  let rowP = a + p &* n
  let rowQ = a + q &* n
  for k in 0..<n {
    let x = rowP[k]
    let y = rowQ[k]
    rowP[k] = cosine * x - sine * y
    rowQ[k] = sine * x + cosine * y
  }
  for k in 0..<n {
    let x = a[k &* n &+ p]
    let y = a[k &* n &+ q]
    a[k &* n &+ p] = cosine * x - sine * y
    a[k &* n &+ q] = sine * x + cosine * y
  }
}
