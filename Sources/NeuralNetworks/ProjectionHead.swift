import Autodiff
import TensorCore

/// A two-layer perceptron from pooled features to the space in which clips are compared (Chen et al.,
/// "SimCLR", ICML 2020), with batch normalisation before its ReLU where asked for (Grill et al., "BYOL",
/// NeurIPS 2020).
package struct ProjectionHead {
  private let hidden: Linear
  private let norm: BatchNormParameters?
  private let output: Linear

  /// Makes `name.hidden` and `name.output` in `store`, and `name.norm` between them with `batchNorm`.
  package init(
    _ store: ParameterStore, _ name: String, inputs: Int, hidden width: Int, outputs: Int,
    batchNorm: Bool = false, seed: UInt64
  ) {
    // The shift of the normalisation takes the place of a bias.
    hidden = Linear(
      store, name + ".hidden", inputs: inputs, outputs: width, bias: !batchNorm,
      gain: 2.0.squareRoot(), seed: seed)
    norm =
      batchNorm
      ? BatchNormParameters(
        scale: store.make(name + ".norm.weight", Tensor(repeating: 1, [width]), role: .bias),
        shift: store.make(name + ".norm.bias", .zeros([width]), role: .bias),
        runningMean: store.make(name + ".norm.running_mean", .zeros([width]), role: .buffer),
        runningVariance: store.make(
          name + ".norm.running_var", Tensor(repeating: 1, [width]), role: .buffer))
      : nil
    output = Linear(store, name + ".output", inputs: width, outputs: outputs, seed: seed)
  }

  /// [M, inputs] -> [M, outputs].
  package func callAsFunction(_ x: Variable, _ tape: Tape) -> Variable {
    guard let norm else { return output(tape.relu(hidden(x, tape)), tape) }
    let weight = tape.use(hidden.weight)
    let (width, inputs) = (weight.shape[0], weight.shape[1])
    let rows = x.shape[0]
    // As a convolution of single pixels it is fused with the normalisation.
    let map = tape.convolutionNormalised(
      tape.reshape(x, [rows, 1, 1, inputs]), tape.reshape(weight, [width, 1, 1, inputs]), norm,
      stride: 1, padding: 0, mode: .zeros, relu: true)
    return output(tape.reshape(map, [rows, width]), tape)
  }
}
