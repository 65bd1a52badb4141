import Foundation
import Settings
import TensorCore

/// What all benchmarks can be told; names are those of the PyTorch step that ours is held against.
enum BenchSettings {
  static let width = Setting.int(
    "width", default: 64, in: 16...256, "Channels of the encoder's first stage.")
  static let clips = Setting.int("clips", default: 1, in: 1...256, "Clips a step.")
  static let frames = Setting.int(
    "frames", in: 2...1024, "Frames a clip (4 by default), or frames propagated through (30).")
  static let patch = Setting.int("patch", default: 64, in: 16...256, "Pixels a side of a patch.")
  static let steps = Setting.int("steps", default: 5, in: 1...1000, "Timed repetitions.")
  static let threads = Setting.int(
    "threads", default: Threads.cores, in: 1...1024, "Threads to use.")
  static let grid = Setting.numbers(
    "grid", count: 3, default: [60, 107, 256], in: 1...4096, whole: true,
    "Rows, columns and channels of the features that labels are propagated through.",
    placeholder: "H W C")
  static let features = Setting.path(
    "features",
    "propagate: features [frames, h, w, c] to use, an .npy file; with --labels and --carried.",
    placeholder: "NPY")
  static let labels = Setting.path(
    "labels", "propagate: labels [h, w, k] of the first frame.", placeholder: "NPY")
  static let carried = Setting.path(
    "carried", "propagate: the file that takes the labels of every frame.", placeholder: "NPY")
  static let options = [
    width.option, clips.option, frames.option, patch.option, steps.option, threads.option,
    grid.option, features.option, labels.option, carried.option,
  ]
}

/// The median of the seconds that `body` takes, after two runs that do not count.
func medianSeconds(_ repetitions: Int, _ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  let times = (0..<repetitions + 2).map { _ in clock.measure(body) / .seconds(1) }
  return times.dropFirst(2).sorted()[repetitions / 2]
}

/// Normal numbers, others for each step.
func randomTensor(_ shape: Shape, step: Int = 0) -> Tensor {
  var random = CounterRandom(seed: 0, purpose: .test, step: step)
  return Tensor((0..<shape.elements).map { _ in random.normal() }, shape)
}

/// Prints one JSON line.
func emit(_ members: [(String, JSONValue)]) {
  print(JSONValue.object(JSONObject(members)).text())
}

func rounded(_ value: Double) -> JSONValue { .number((value * 1000).rounded() / 1000) }
