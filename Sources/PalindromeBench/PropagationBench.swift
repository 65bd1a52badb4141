import Evaluation
import Settings
import Storage
import TensorCore

/// Label propagation over random features, as the PyTorch peer's `--bench H W C` does it: every timed frame has
/// its whole context.
enum PropagationBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    let files = [BenchSettings.features, BenchSettings.labels, BenchSettings.carried]
    let given = files.compactMap { values[$0] }
    guard given.isEmpty || given.count == files.count else {
      throw OptionError.badValue(
        option: "features", value: given.joined(separator: " "),
        needed: "--features, --labels and --carried go together")
    }
    if !given.isEmpty { return try carry(given[0], given[1], to: given[2]) }
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
    let propagator = LabelPropagator(settings: settings, features: features[0], labels: labels)
    for frame in 1..<settings.context + 1 { _ = propagator.next(features[frame % frames]) }
    let seconds =
      ContinuousClock().measure {
        for frame in features.dropFirst() { _ = propagator.next(frame) }
      } / .seconds(1)
    report(
      figures([
        ("bench", .string("propagate")), ("h", .integer(height)), ("w", .integer(width)),
        ("c", .integer(channels)), ("threads", .integer(Threads.count)),
        ("context", .integer(settings.context)), ("topk", .integer(settings.topK)),
        ("radius", .number(settings.radius)), ("temperature", .number(settings.temperature)),
        ("frames", .integer(frames)), ("frames_per_s", rounded(Double(frames - 1) / seconds)),
      ]))
  }

  /// The labels of files, for comparison with another implementation.
  private static func carry(_ features: String, _ labels: String, to path: String) throws {
    let video = try Npy.read(features)
    let first = try Npy.read(labels)
    guard video.shape.rank == 4, first.shape.rank == 3, video.shape[0] > 0,
      video.shape[1] == first.shape[0], video.shape[2] == first.shape[1]
    else {
      throw OptionError.badValue(
        option: "features", value: features,
        needed: "features [frames, h, w, c] and labels [h, w, k] are needed")
    }
    func frame(_ t: Int) -> Tensor {
      video.slice(t..<t + 1).reshaped([video.shape[1], video.shape[2], video.shape[3]])
    }
    let propagator = LabelPropagator(
      settings: PropagationSettings(), features: frame(0), labels: first)
    var all = first.array
    for t in 1..<max(1, video.shape[0]) { all += propagator.next(frame(t)).array }
    try Npy.write(
      Tensor(all, [video.shape[0], first.shape[0], first.shape[1], first.shape[2]]), to: path)
  }
}
