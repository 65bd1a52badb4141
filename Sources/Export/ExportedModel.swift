import ClipData
import Evaluation
import NeuralNetworks
import Storage
import TensorCore

/// The encoders of a trained model with what their inputs need, ready to be written for other programs.
package struct ExportedModel {
  package let configuration: EncoderConfiguration
  package let visual: ResNet
  /// Whether an objective trained the image encoder.
  package let seesPictures: Bool
  /// nil where the file has none, or no objective ever trained it.
  package let sound: AudioNet?
  /// How the audio encoder's bands are scaled.
  package let normalisation: AudioNormalisation
  /// The encoders' parameters.
  package let store: ParameterStore
  /// The heads by which the audio-visual objective brings pictures and sounds into one space, by their
  /// names in the file; empty where there are none.
  package let heads: [(name: String, tensor: Tensor)]

  /// Takes the encoders as they are. `store` is theirs.
  package init(
    _ encoders: Encoders, store: ParameterStore, normalisation: AudioNormalisation,
    heads: [(name: String, tensor: Tensor)] = []
  ) {
    configuration = encoders.configuration
    visual = encoders.visual
    seesPictures = true
    sound = encoders.sound
    self.normalisation = normalisation
    self.store = store
    self.heads = heads
  }

  /// Reads the model that `source` names: a run folder, or a file of weights, which without a `config.json`
  /// beside it has an image encoder alone. `pixels` and `random` are refused.
  package init(_ source: ModelSource) throws {
    guard case .file(let weights, _) = source.kind else {
      throw EvaluationError(
        .usage,
        "\(source.text): there is nothing to export; give a run folder or a .safetensors file")
    }
    let training = try source.trainingConfiguration()
    let hears = try source.hearsSound()
    seesPictures = try source.seesPictures()
    let configuration = try source.configuration(
      random: EncoderConfiguration(width: 1, audioWidth: 1))
    let store = ParameterStore()
    self.configuration = configuration
    visual = ResNet(
      prefix: "visual.", width: configuration.width, mode: configuration.padding, store: store,
      seed: 0)
    sound =
      hears
      ? AudioNet(prefix: "audio.", width: configuration.audioWidth, store: store, seed: 0) : nil
    normalisation = training?.sound ?? .none
    self.store = store
    let report = try ModelFile.load(weights, into: store)
    guard report.missing.isEmpty else {
      throw EvaluationError(
        .badData,
        "\(weights): lacks \(report.missing.count) tensors of the encoders (\(report.missing[0])...); "
          + "give the whole file that training wrote")
    }
    let file = try SafetensorsFile(weights)
    heads =
      hears
      ? try file.names.filter { $0.hasPrefix("heads.av.") }.map { ($0, try file.tensor($0)) } : []
  }
}
