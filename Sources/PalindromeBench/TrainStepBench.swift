import ClipData
import NeuralNetworks
import Objectives
import Settings
import TensorCore
import Training

/// One training step of the walk on 7×7 patches a frame: encoder, head, walks, backward, optimiser.
enum TrainStepBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    let clips = values[BenchSettings.clips]
    let frames = try BenchSettings.clipFrames(values)
    let patch = values[BenchSettings.patch]
    let width = BenchSettings.width(values)
    var configuration = TrainingConfiguration(
      encoder: EncoderConfiguration(width: width, audioWidth: 16), clips: ClipSettings(),
      objectives: [(Walk.self, 1)])
    configuration.options["walk.home"] = .string("frame")
    let model = PretrainingModel(configuration)
    let optimiser = AdamW(weightDecay: 0)
    let patches = clips * frames * 49
    let batch = ClipBatch(
      step: 0, views: 1, frames: frames, layout: .patches(side: 7, patch: patch),
      images: randomTensor([patches, patch, patch, 3]), videos: Array(0..<clips),
      times: [Double](repeating: 0, count: clips), audio: nil,
      hasAudio: [Bool](repeating: false, count: clips))
    let seconds = medianSeconds(values[BenchSettings.steps]) {
      let result = model.trainingStep(
        batch, optimiser: optimiser, average: WeightAverage(), learningRate: 1e-4, clipNorm: 0)
      precondition(result.skipReason == nil, "the timed step was skipped")
    }
    report(
      figures([
        ("bench", .string("train-step")), ("mode", .string("fp32")), ("width", .integer(width)),
        ("clips", .integer(clips)), ("frames", .integer(frames)), ("patch", .integer(patch)),
        ("threads", .integer(Threads.count)), ("step_s", rounded(seconds)),
        ("clips_per_s", rounded(Double(clips) / seconds)),
        ("patches_per_s", rounded(Double(patches) / seconds)),
      ]))
  }
}
