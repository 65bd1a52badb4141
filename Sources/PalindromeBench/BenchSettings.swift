import Foundation
import Settings
import TensorCore
import Training

/// What the benchmarks can be told; names are those of the PyTorch programs that ours are held against.
enum BenchSettings {
  static let preset = Setting.choice(
    "preset", Preset.allCases.map(\.rawValue), default: Preset.resnet18.rawValue,
    "Size of the encoder.")
  static let width = Setting.int(
    "width", in: 16...256, "Channels of the encoder's first stage. By default the preset's.")
  static let clips = Setting.int("clips", default: 1, in: 1...256, "Clips a step.")
  static let frames = Setting.int(
    "frames", in: 2...1024, "Frames a clip (4 by default), or frames propagated through (30).")
  static let patch = Setting.int("patch", default: 64, in: 16...256, "Pixels a side of a patch.")
  static let nodes = Setting.int("nodes", default: 49, in: 4...4096, "walk: nodes a frame.")
  static let size = Setting.int(
    "size", default: 128, in: 32...1024, "encode, decode: pixels of a frame's shorter side.")
  static let batch = Setting.int("batch", default: 32, in: 1...1024, "encode: frames at a time.")
  static let folder = Setting.path(
    "folder", "decode, open: the videos to decode; without it they are left out.",
    placeholder: "DIR")
  static let rate = Setting.double(
    "rate", default: 8, in: 0.1...120, "decode: frames a second.", placeholder: "FPS")
  static let isolation = Setting.choice(
    "isolation", ["on", "off"], default: "on",
    "decode, open: whether in processes of their own, as the commands do.")
  static let cycles = Setting.int(
    "cycles", default: 1000, in: 1...10_000_000, "open: how often a file is opened and closed.")
  static let steps = Setting.int("steps", default: 5, in: 1...1000, "Timed repetitions.")
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
    preset.option, width.option, clips.option, frames.option, patch.option, nodes.option,
    size.option, batch.option, folder.option, rate.option, isolation.option, cycles.option,
    steps.option, grid.option, features.option, labels.option, carried.option,
  ]

  /// The frames of a clip that is walked on.
  static func clipFrames(_ values: OptionValues) throws(OptionError) -> Int {
    let given = values[frames] ?? 4
    guard given >= 3 else {
      throw .badValue(option: "frames", value: "\(given)", needed: "a walk needs 3 frames or more")
    }
    return given
  }

  static func width(_ values: OptionValues) -> Int {
    values[width] ?? (Preset(rawValue: values[preset]) ?? .resnet18).width
  }
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

/// One line of figures.
func figures(_ members: [(String, JSONValue)]) -> JSONValue { .object(JSONObject(members)) }

func rounded(_ value: Double) -> JSONValue { .number((value * 1000).rounded() / 1000) }
