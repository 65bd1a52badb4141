import TensorCore

/// A classifier of rows of features.
protocol Head: Sendable {
  /// The logits of rows [N, D], [N][classes].
  func logits(_ features: Tensor) -> [[Double]]
}

/// What a head is fitted to: rows with a distribution over classes and a weight each.
struct Examples: Sendable {
  /// [N, D]
  var features: Tensor
  /// [N][classes]; each sums to 1.
  var targets: Probabilities
  var weights: [Double]

  var classes: Int { targets.first?.count ?? 0 }
}
