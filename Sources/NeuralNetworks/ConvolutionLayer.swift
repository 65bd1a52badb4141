import Autodiff
import TensorCore

/// A convolution without bias followed by batch normalisation, as ResNets use them; its parameters carry
/// torchvision's names.
package struct ConvolutionLayer {
  package let weight: Parameter
  package let norm: BatchNormParameters
  package let stride: Int
  package let padding: Int
  package let mode: PaddingMode

  /// `convolution` and `norm` are the full names of the two modules, as `visual.layer1.0.conv1` and
  /// `visual.layer1.0.bn1`.
  package init(
    convolution: String, norm normName: String, from inputs: Int, to outputs: Int, kernel: Int,
    stride: Int, mode: PaddingMode, store: ParameterStore, seed: UInt64
  ) {
    self.stride = stride
    padding = kernel / 2
    self.mode = mode
    let name = convolution + ".weight"
    // He et al. 2015, fan-out, as torchvision initialises its ResNets.
    let deviation = (2 / Float(outputs * kernel * kernel)).squareRoot()
    weight = store.make(
      name,
      .normal([outputs, kernel, kernel, inputs], deviation: deviation, seed: seed, name: name),
      role: .weight)
    norm = BatchNormParameters(
      scale: store.make(normName + ".weight", Tensor(repeating: 1, [outputs]), role: .bias),
      shift: store.make(normName + ".bias", .zeros([outputs]), role: .bias),
      runningMean: store.make(normName + ".running_mean", .zeros([outputs]), role: .buffer),
      runningVariance: store.make(
        normName + ".running_var", Tensor(repeating: 1, [outputs]), role: .buffer))
  }

  func scaleNorm(by factor: Float) { norm.scale.value.scale(factor) }

  /// relu?(norm(convolution(x)) + residual)
  package func callAsFunction(
    _ x: Variable, tape: Tape, residual: Variable? = nil, relu: Bool = true
  ) -> Variable {
    tape.convolutionNormalised(
      x, tape.use(weight), norm, stride: stride, padding: padding, mode: mode, residual: residual,
      relu: relu)
  }

  /// maxPool(relu(norm(convolution(x))))
  package func callAsFunction(
    _ x: Variable, tape: Tape, pool: (size: Int, stride: Int, padding: Int)
  ) -> Variable {
    tape.convolutionPooled(
      x, tape.use(weight), norm, stride: stride, padding: padding, mode: mode, pool: pool)
  }
}
