import NeuralNetworks
import Settings
import TensorCore
import Autodiff

/// The image encoder in evaluation mode over a batch of whole frames.
enum EncodeBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) {
    let (width, size) = (BenchSettings.width(values), values[BenchSettings.size])
    let batch = values[BenchSettings.batch]
    let encoder = ResNet(
      prefix: "", width: width, mode: .zeros, store: ParameterStore(), seed: 0)
    let frames = randomTensor([batch, size, size, 3])
    let seconds = medianSeconds(values[BenchSettings.steps]) {
      let tape = Tape.evaluation()
      _ = encoder(tape.constant(frames), tape: tape)
    }
    report(
      figures([
        ("bench", .string("encode")), ("mode", .string("fp32")), ("width", .integer(width)),
        ("size", .integer(size)), ("batch", .integer(batch)), ("threads", .integer(Threads.count)),
        ("step_s", rounded(seconds)), ("frames_per_s", rounded(Double(batch) / seconds)),
      ]))
  }
}
