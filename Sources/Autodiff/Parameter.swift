import TensorCore

/// A named tensor of a model: trained by the optimiser, or a buffer that the forward pass updates
/// (running statistics).
package final class Parameter {
  /// What is done with a parameter besides the forward pass.
  package enum Role: Sendable {
    /// Trained, with weight decay: matrices and filters.
    case weight
    /// Trained, without weight decay: biases, scales and shifts of normalisation.
    case bias
    /// Not trained: running statistics.
    case buffer
  }
  /// The full dotted name, as in `visual.layer1.0.conv1.weight`.
  package let name: String
  package let role: Role
  /// The current value; the optimiser and the loader of weights replace it.
  package var value: Tensor

  package init(_ name: String, _ value: Tensor, role: Role = .weight) {
    self.name = name
    self.role = role
    self.value = value
  }
}
