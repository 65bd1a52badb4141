import TensorCore

/// A classifier of rows of features.
package protocol Head: Sendable {
  /// The logits of rows [N, D], [N][classes].
  func logits(_ features: Tensor) -> [[Double]]
}
