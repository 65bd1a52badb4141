import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// How far features are from having collapsed to a point or to a few directions.
package struct Collapse: Sendable, Equatable {
  /// The mean over dimensions of the standard deviation of the l2-normalised features. Features spread
  /// over the whole sphere have 1/√d, a single point has 0 (Chen & He, "SimSiam", CVPR 2021).
  package let deviation: Double
  /// 1/√d.
  package let reference: Double
  /// exp of the entropy of the normalised singular values of the centred, l2-normalised features (Roy &
  /// Vetterli 2007; Garrido et al., "RankMe", ICML 2023): between 1 and `fullRank`.
  package let effectiveRank: Double
  /// The rank that these features could have: min(d, rows − 1).
  package let fullRank: Int

  /// Measures the rows of `features`, [M, d] with M at least 2; nil for fewer, or where one is not finite.
  package init?(of features: Tensor) {
    guard features.shape.rank == 2, features.shape[0] > 1, features.shape[1] > 0,
      features.isFinite
    else { return nil }
    let rows = features.shape[0]
    let d = features.shape[1]
    let centred = Self.centredDirections(features)
    var deviation = 0.0
    for column in 0..<d {
      var squares = 0.0
      for row in 0..<rows { squares += centred[row * d + column] * centred[row * d + column] }
      deviation += (squares / Double(rows)).squareRoot()
    }
    self.deviation = deviation / Double(d)
    reference = 1 / Double(d).squareRoot()
    fullRank = max(1, min(d, rows - 1))
    // The products of the shorter side have the same eigenvalues other than zero.
    let short = min(rows, d)
    let eigenvalues = symmetricEigenvalues(
      Self.products(centred, rows: rows, columns: d), size: short)
    let singular = eigenvalues.map { max(0, $0).squareRoot() }
    let total = singular.reduce(0, +)
    guard total > 1e-12 else {
      effectiveRank = 1
      return
    }
    let entropy = singular.reduce(0.0) { sum, value in
      let share = value / total
      return share > 1e-12 ? sum - share * log(share) : sum
    }
    effectiveRank = exp(entropy)
  }

  /// What to tell the user, or nil where the features are in order.
  package var warning: String? {
    if deviation < 0.05 * reference {
      return "features have collapsed to a point: their standard deviation \(rounded(deviation))"
        + " is under a twentieth of 1/√d = \(rounded(reference))"
    }
    if fullRank >= 8, effectiveRank < 2 {
      return "features have collapsed to a line: their effective rank is"
        + " \(rounded(effectiveRank)) of \(fullRank)"
    }
    if deviation < 0.15 * reference {
      return "features are close to collapse: their standard deviation \(rounded(deviation))"
        + " is under a sixth of 1/√d = \(rounded(reference))"
    }
    return nil
  }

  private func rounded(_ value: Double) -> String {
    let digits = 10_000.0
    return "\((value * digits).rounded() / digits)"
  }

  /// Rows scaled to unit length, less their mean.
  private static func centredDirections(_ features: Tensor) -> [Double] {
    let rows = features.shape[0]
    let d = features.shape[1]
    var out = features.array.map(Double.init)
    out.withUnsafeMutableBufferPointer { out in
      for row in 0..<rows {
        var squares = 0.0
        for column in 0..<d { squares += out[row &* d &+ column] * out[row &* d &+ column] }
        let scale = squares > 0 ? 1 / squares.squareRoot() : 0
        for column in 0..<d { out[row &* d &+ column] *= scale }
      }
      for column in 0..<d {
        var mean = 0.0
        for row in 0..<rows { mean += out[row &* d &+ column] }
        mean /= Double(rows)
        for row in 0..<rows { out[row &* d &+ column] -= mean }
      }
    }
    return out
  }

  /// XᵀX or XXᵀ, whichever is smaller.
  private static func products(_ x: [Double], rows: Int, columns: Int) -> [Double] {
    let byColumn = columns <= rows
    let size = byColumn ? columns : rows
    let inner = byColumn ? rows : columns
    let (step, stride) = byColumn ? (1, columns) : (columns, 1)
    var out = [Double](repeating: 0, count: size * size)
    x.withUnsafeBufferPointer { x in
      for i in 0..<size {
        for j in 0...i {
          var sum = 0.0
          for k in 0..<inner {
            sum += x[i &* step &+ k &* stride] * x[j &* step &+ k &* stride]
          }
          out[i * size + j] = sum
          out[j * size + i] = sum
        }
      }
    }
    return out
  }
}
