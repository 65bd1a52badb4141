import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct WalkTests {
  /// Of walks that come home to the frame they left, as in the paper.
  private static var paper: OptionValues {
    var options = OptionValues()
    options["walk.home"] = .string("frame")
    return options
  }

  /// Loss, accuracies and gradients of PyTorch's walk (Goldens/make_walk.py), edge dropout off.
  @Test func agreesWithPyTorch() throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let golden = try SafetensorsFile("/\(folder)/Goldens/walk.safetensors")
    let features = try golden.tensor("features")
    let weight = try golden.tensor("weight")
    let (clips, frames) = (2, 5)
    var options = Self.paper
    options["walk.edge-dropout"] = .double(0)
    let store = ParameterStore()
    let walk = Walk(
      options: options, dimensions: FeatureDimensions(visual: weight.shape[1], audio: 1),
      store: store, teacher: ParameterStore(), seed: 0)
    store.all[0].value = weight
    store.all[1].value = try golden.tensor("bias")

    let tape = Tape()
    let leaf = tape.leaf(features)
    let batch = ClipBatch(
      step: 0, views: 1, frames: frames, layout: .dense(size: 1), images: .zeros([0]),
      videos: [0, 1], times: [0, 0], audio: nil, hasAudio: [false, false])
    let result = walk.loss(
      StepContext(
        tape: tape, batch: batch,
        encoded: EncodedClips(
          clips: clips, looks: frames, grid: (3, 4), nodes: leaf,
          pooled: tape.constant(.zeros([clips, 1])), audio: nil),
        teacher: nil, seed: 0))
    let loss = try #require(result.loss)
    tape.backward(from: loss)

    let wanted = Double(try golden.tensor("loss").scalar)
    #expect(isClose(Double(loss.value.scalar), wanted, absolute: 1e-6, relative: 1e-5))
    for length in 2..<frames {
      let accuracy = result.metrics.first { $0.name == "cycle-accuracy-\(length)" }?.value
      let wanted = Double(try golden.tensor("accuracy.\(length)").scalar)
      #expect(isClose(accuracy ?? -1, wanted, absolute: 1e-6, relative: 0))
    }
    for (name, gradient) in [
      ("features", leaf.gradient), ("weight", tape.gradient(of: store.all[0])),
      ("bias", tape.gradient(of: store.all[1])),
    ] {
      let wanted = try golden.tensor("grad." + name).array.map(Double.init)
      #expect(relativeError(try #require(gradient).array, wanted) < 1e-4, "\(name)")
    }
  }

  /// Edge dropout draws by seed, step, video and view; not by the place in the batch.
  @Test func dropsEdgesByContent() {
    func loss(_ videos: [Int], step: Int, seed: UInt64) -> Float? {
      let store = ParameterStore()
      let walk = Walk(
        options: Self.paper, dimensions: SyntheticFeatures.dimensions, store: store,
        teacher: ParameterStore(), seed: 0)
      // The same features whatever the step, so that only the drops differ.
      var features = SyntheticFeatures(videos: videos, views: 1, noise: 0)
      features = features.moved(toStep: step)
      return walk.loss(features.context(Tape(), seed: seed)).loss?.value.scalar
    }
    let first = loss([3], step: 0, seed: 5)
    #expect(first == loss([3], step: 0, seed: 5))
    #expect(first != loss([3], step: 1, seed: 5))
    #expect(first != loss([3], step: 0, seed: 6))
  }

  /// With three nodes that never move and no noise every walker comes home.
  @Test func findsWhatDoesNotMove() {
    let features = SyntheticFeatures(videos: [1, 2], views: 1, frames: 6, noise: 0)
    let walk = Walk(
      options: Self.paper, dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
      teacher: ParameterStore(), seed: 0)
    let scores = walk.heldOutScores([features.context(Tape.evaluation())])
    #expect(scores.map(\.name) == (2...5).map { "cycle-accuracy-\($0)" })
    #expect(scores.allSatisfy { $0.value == 1 && $0.chance == 1.0 / 6 && $0.count == 12 })
  }
}
