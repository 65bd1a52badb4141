import Autodiff
import NeuralNetworks
import Storage
import TensorCore

/// The heads by which the audio-visual objective brings pictures and sounds into one space, where the cosine of a
/// picture and a sound says how well they go together.
struct SharedSpace {
  /// Values of a vector there.
  let dimensions: Int
  private let image: ProjectionHead
  private let audio: ProjectionHead

  /// Reads the heads from a model's file; nil where it has none.
  init?(_ weights: String, visual: Int, sound: Int) throws(StorageError) {
    let file = try SafetensorsFile(weights)
    let store = ParameterStore()
    var heads: [ProjectionHead] = []
    var outputs: [Int] = []
    for (modality, inputs) in [("image", visual), ("audio", sound)] {
      let name = "heads.av." + modality
      guard let hidden = file[name + ".hidden.weight"], let output = file[name + ".output.weight"],
        hidden.shape.count == 2, output.shape.count == 2, hidden.shape[1] == inputs,
        output.shape[1] == hidden.shape[0], (1...65_536).contains(output.shape[0]),
        (1...65_536).contains(hidden.shape[0])
      else { return nil }
      outputs.append(output.shape[0])
      heads.append(
        ProjectionHead(
          store, name, inputs: inputs, hidden: hidden.shape[0], outputs: output.shape[0],
          batchNorm: file[name + ".norm.weight"] != nil, seed: 0))
    }
    guard outputs[0] == outputs[1] else { return nil }
    let report = try ModelFile.load(weights, into: store)
    guard report.missing.isEmpty else {
      throw .badData(
        path: weights, reason: "lacks \(report.missing[0]) of the av heads; give the whole file")
    }
    dimensions = outputs[0]
    (image, audio) = (heads[0], heads[1])
  }

  /// A window's mean features in the shared space, each as one vector of length 1.
  func project(_ window: WindowSums) -> WindowSums {
    var result = window
    result.video = project(window.video, count: window.frames, by: image)
    result.audio = project(window.audio, count: window.sounds, by: audio)
    result.frames = min(1, window.frames)
    result.sounds = min(1, window.sounds)
    (result.change, result.changes) = ([Double](repeating: 0, count: dimensions), 0)
    return result
  }

  private func project(_ sums: [Double], count: Int, by head: ProjectionHead) -> [Double] {
    guard count > 0 else { return [Double](repeating: 0, count: dimensions) }
    let mean = Tensor(sums.map { Float($0 / Double(count)) }, [1, sums.count])
    let tape = Tape.evaluation()
    return tape.l2Normalise(head(tape.constant(mean), tape)).value.array.map(Double.init)
  }
}
