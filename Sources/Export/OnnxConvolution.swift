import Autodiff
import NeuralNetworks
import TensorCore

extension OnnxGraph {
  /// relu?(norm(convolution(x)) + residual) with the layer's batch normalisation, in evaluation mode,
  /// folded into filters and bias. Images are NCHW here; nodes are named after the layer's parameters.
  mutating func convolution(
    _ layer: ConvolutionLayer, _ x: String, residual: String? = nil, relu: Bool = true
  ) -> String {
    let name = String(layer.weight.name.dropLast(".weight".count))
    let (filter, bias) = Self.folded(layer)
    let kernel = filter.shape[2]
    var input = x
    var pads = [Int](repeating: layer.padding, count: 4)
    if layer.mode == .reflect, layer.padding > 0 {
      // Convolutions pad with zeros alone.
      let sides = [0, 0, layer.padding, layer.padding]
      let amounts = constant(name + ".pads", sides + sides)
      input = node("Pad", [x, amounts], name: name + ".pad", [("mode", .text("reflect"))])
      pads = [0, 0, 0, 0]
    }
    let weights = constant(name + ".weight", filter)
    let shift = constant(name + ".bias", bias)
    var result = node(
      "Conv", [input, weights, shift], name: name,
      [
        ("kernel_shape", .integers([kernel, kernel])), ("pads", .integers(pads)),
        ("strides", .integers([layer.stride, layer.stride])),
      ])
    if let residual { result = node("Add", [result, residual], name: name + ".sum") }
    return relu ? node("Relu", [result], name: name + ".relu") : result
  }

  mutating func block(_ block: BasicBlock, _ x: String) -> String {
    let identity = block.shortcut.map { convolution($0, x, relu: false) } ?? x
    return convolution(block.second, convolution(block.first, x), residual: identity)
  }

  /// The layer's filters OIHW and bias with its normalisation in them, worked out in double precision.
  private static func folded(_ layer: ConvolutionLayer) -> (filter: Tensor, bias: Tensor) {
    let norm = layer.norm
    let factors = zip(norm.scale.value.array, norm.runningVariance.value.array).map {
      Double($0) / (Double($1) + Double(norm.epsilon)).squareRoot()
    }
    let filter = ModelFile.exported(layer.weight.value)
    let taps = filter.count / filter.shape[0]
    let weights = filter.array.enumerated().map { Float(Double($1) * factors[$0 / taps]) }
    let means = norm.runningMean.value.array
    let bias = norm.shift.value.array.enumerated().map {
      Float(Double($1) - Double(means[$0]) * factors[$0])
    }
    return (Tensor(weights, filter.shape), Tensor(bias, [bias.count]))
  }
}
