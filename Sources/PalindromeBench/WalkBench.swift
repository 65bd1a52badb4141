import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import Settings
import TensorCore

/// The walk alone, from node features of a small encoder to their gradient: head, transitions, every length.
enum WalkBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    let (clips, frames) = (values[BenchSettings.clips], try BenchSettings.clipFrames(values))
    let (nodes, channels) = (values[BenchSettings.nodes], 128)
    var options = OptionValues()
    options["walk.home"] = .string("frame")
    let walk = Walk(
      options: options, dimensions: FeatureDimensions(visual: channels, audio: channels),
      store: ParameterStore(), teacher: ParameterStore(), seed: 0)
    let features = randomTensor([clips * frames * nodes, channels])
    let batch = ClipBatch(
      step: 0, views: 1, frames: frames, layout: .dense(size: 8 * nodes), images: features,
      videos: Array(0..<clips), times: [Double](repeating: 0, count: clips), audio: nil,
      hasAudio: [Bool](repeating: false, count: clips))
    let seconds = medianSeconds(values[BenchSettings.steps]) {
      let tape = Tape()
      let leaf = tape.leaf(features)
      let encoded = EncodedClips(
        clips: clips, looks: frames, grid: (1, nodes), nodes: leaf, pooled: leaf, audio: nil)
      let result = walk.loss(
        StepContext(tape: tape, batch: batch, encoded: encoded, teacher: nil, seed: 0))
      if let loss = result.loss { tape.backward(from: loss) }
    }
    report(
      figures([
        ("bench", .string("walk")), ("clips", .integer(clips)), ("frames", .integer(frames)),
        ("nodes", .integer(nodes)), ("threads", .integer(Threads.count)),
        ("step_s", rounded(seconds)), ("clips_per_s", rounded(Double(clips) / seconds)),
      ]))
  }
}
