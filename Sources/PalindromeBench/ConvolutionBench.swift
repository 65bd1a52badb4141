import Settings
import TensorCore

/// Every shape of convolution in the encoder over the patches of one step, forward and backward, in
/// multiplications of the plain sum a second.
enum ConvolutionBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    let w = BenchSettings.width(values)
    let images = try values[BenchSettings.clips] * BenchSettings.clipFrames(values) * 49
    let side = values[BenchSettings.patch]
    let shapes: [(layer: String, side: Int, from: Int, to: Int, kernel: Int, stride: Int)] = [
      ("conv1", side, 3, w, 7, 2), ("layer1", side / 4, w, w, 3, 1),
      ("layer2.0", side / 4, w, 2 * w, 3, 2), ("layer2", side / 8, 2 * w, 2 * w, 3, 1),
      ("layer3.0", side / 8, 2 * w, 4 * w, 3, 1), ("layer3", side / 8, 4 * w, 4 * w, 3, 1),
    ]
    for shape in shapes {
      let x = randomTensor([images, shape.side, shape.side, shape.from])
      let filter = randomTensor([shape.to, shape.kernel, shape.kernel, shape.from])
      let convolution = Convolution(
        input: x.shape, filter: filter.shape, stride: shape.stride, padding: shape.kernel / 2,
        mode: .zeros)
      let y = convolution.forward(x, filter)
      let operations = 2 * Double(y.count) * Double(filter.count / shape.to)
      let forward = medianSeconds(values[BenchSettings.steps]) {
        _ = convolution.forward(x, filter)
      }
      let backward = medianSeconds(values[BenchSettings.steps]) {
        _ = convolution.backward(.tensor(y), x, filter, input: shape.from > 3, filter: true)
      }
      report(
        figures([
          ("bench", .string("conv")), ("layer", .string(shape.layer)), ("images", .integer(images)),
          ("side", .integer(shape.side)), ("in", .integer(shape.from)), ("out", .integer(shape.to)),
          ("threads", .integer(Threads.count)),
          ("forward_gflops", rounded(operations / forward / 1e9)),
          (
            "backward_gflops",
            rounded((shape.from > 3 ? 2 : 1) * operations / backward / 1e9)
          ),
        ]))
    }
  }
}
