import Autodiff
import TensorCore

/// A fully connected layer: y = x Wᵀ + b, with W [out, in] and b [out] as in PyTorch's `nn.Linear`.
package struct Linear {
  package let weight: Parameter
  package let bias: Parameter?

  /// Makes `name.weight` and `name.bias` in `store`.
  ///
  /// The weight is normal with the variance gain² / inputs (He et al., "Delving Deep into Rectifiers",
  /// ICCV 2015: gain √2 before a ReLU, 1 elsewhere), the bias zero.
  package init(
    _ store: ParameterStore, _ name: String, inputs: Int, outputs: Int, bias: Bool = true,
    gain: Double = 1, seed: UInt64
  ) {
    precondition(inputs > 0 && outputs > 0, "\(name): linear from \(inputs) to \(outputs)")
    let weightName = name + ".weight"
    weight = store.make(
      weightName,
      .normal(
        [outputs, inputs], deviation: Float(gain / Double(inputs).squareRoot()), seed: seed,
        name: weightName),
      role: .weight)
    self.bias = bias ? store.make(name + ".bias", .zeros([outputs]), role: .bias) : nil
  }

  /// [M, in] -> [M, out].
  package func callAsFunction(_ x: Variable, _ tape: Tape) -> Variable {
    tape.linear(x, weight: tape.use(weight), bias: bias.map(tape.use))
  }
}
