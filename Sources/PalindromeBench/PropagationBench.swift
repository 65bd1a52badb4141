import Evaluation
import Settings
import TensorCore

/// Label propagation over random features, as the PyTorch peer's `--bench H W C` does it.
enum PropagationBench {
  static func run(_ values: OptionValues) {
    let grid = values[BenchSettings.grid].map { Int($0) }
    let (height, width, channels) = (grid[0], grid[1], grid[2])
    let frames = values[BenchSettings.frames] ?? 30
    let settings = PropagationSettings()
    let features = (0..<frames).map { randomTensor([height, width, channels], step: $0) }
    let labels = Tensor.make([height, width, 3]) { out in
      for cell in 0..<height * width {
        for label in 0..<3 { out[3 * cell + label] = cell % 3 == label ? 1 : 0 }
      }
    }
    let clock = ContinuousClock()
    let seconds =
      clock.measure {
        let propagator = LabelPropagator(settings: settings, features: features[0], labels: labels)
        for frame in features.dropFirst() { _ = propagator.next(frame) }
      } / .seconds(1)
    emit([
      ("bench", .string("propagate")), ("h", .integer(height)), ("w", .integer(width)),
      ("c", .integer(channels)), ("threads", .integer(Threads.count)),
      ("context", .integer(settings.context)), ("topk", .integer(settings.topK)),
      ("radius", .number(settings.radius)), ("temperature", .number(settings.temperature)),
      ("frames", .integer(frames)), ("frames_per_s", rounded(Double(frames - 1) / seconds)),
    ])
  }
}
