import TensorCore

extension Tape {
  /// Convolution of `x` [N, H, W, C] with `weight` [O, kH, kW, C], without bias.
  package func convolution(
    _ x: Variable, _ weight: Variable, stride: Int, padding: Int, mode: PaddingMode
  ) -> Variable {
    let convolution = Convolution(
      input: x.shape, filter: weight.shape, stride: stride, padding: padding, mode: mode)
    let value = convolution.forward(x.value, weight.value)
    return record(value, from: [x, weight]) { gradient in
      convolution.accumulate(.tensor(gradient), into: x, weight)
    }
  }
}

extension Convolution {
  /// Hands `x` and `weight` their gradients, given that of the output.
  func accumulate(_ gradient: OutputGradient, into x: Variable, _ weight: Variable) {
    let parts = backward(
      gradient, x.value, weight.value, input: x.needsGradient, filter: weight.needsGradient)
    if let part = parts.input { x.accumulate(part) }
    if let part = parts.filter { weight.accumulate(part) }
  }
}
