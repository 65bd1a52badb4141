import Autodiff
import ClipData
import Foundation
import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import Training

/// Saving a checkpoint of a preset's model, and beside it the same bytes written plainly, without hashes, waiting or
/// renaming. In the folder for temporary files (TMPDIR).
enum CheckpointBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    let preset = Preset(rawValue: values[BenchSettings.preset]) ?? .resnet18
    let configuration = TrainingConfiguration(
      encoder: EncoderConfiguration(width: preset.width, audioWidth: preset.audioWidth),
      clips: ClipSettings(),
      objectives: [(Walk.self, 1), (AudioVisual.self, 1), (Temporal.self, 1)])
    let model = PretrainingModel(configuration)
    let optimiser = configuration.optimisation.optimiser.make(weightDecay: 0)
    let trained = model.online.trained
    optimiser.step(
      trained, gradients: trained.map { .zeros($0.value.shape) }, gradientScale: 1, learningRate: 0)
    let root = NSTemporaryDirectory() + "palindrome-bench-\(UUID().uuidString)"
    defer { try? Folder.remove(root) }
    let checkpoints = CheckpointFolder(root + "/checkpoints")
    var state = RunState(plan: StepPlan(.steps(1), stepsPerEpoch: 1))
    func save() throws {
      state.step += 1
      try Checkpoint.write(state, model, optimiser, to: checkpoints)
    }
    try save()
    let saved = checkpoints.path(step: state.step)
    let files = try Folder.list(saved).map {
      try Data(contentsOf: URL(fileURLWithPath: "\(saved)/\($0)"))
    }
    try Folder.create(root + "/plain")
    func write() throws {
      for (number, data) in files.enumerated() {
        try data.write(to: URL(fileURLWithPath: "\(root)/plain/\(number)"))
      }
    }
    // In turn, so that what else the disk does falls on both.
    let clock = ContinuousClock()
    var times: (saving: [Double], plain: [Double]) = ([], [])
    for _ in 0..<values[BenchSettings.steps] {
      times.saving.append(try clock.measure(save) / .seconds(1))
      times.plain.append(try clock.measure(write) / .seconds(1))
    }
    func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }
    let (saving, plain) = (median(times.saving), median(times.plain))
    report(
      figures([
        ("bench", .string("checkpoint")), ("preset", .string(preset.rawValue)),
        ("bytes", .integer(files.reduce(0) { $0 + $1.count })), ("save_s", .number(saving)),
        ("plain_write_s", .number(plain)), ("ratio", rounded(saving / max(plain, 1e-9))),
      ]))
  }
}
