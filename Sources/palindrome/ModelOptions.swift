import Evaluation
import Foundation
import NeuralNetworks
import Settings
import Storage
import TensorCore
import Training

/// The options that name a model, for every command that uses one.
enum ModelOptions {
  static let model = Setting.string(
    "model",
    "A run folder, a folder with model.safetensors, a .safetensors file, random (an untrained encoder), "
      + "or pixels (the raw colours).", placeholder: "M")
  static let preset = Setting.choice(
    "preset", Preset.allCases.map(\.rawValue), default: Preset.small.rawValue,
    "Size of the untrained encoder that random stands for.")

  /// That which made an embedding.
  static let made = Setting.string(
    model.option.name,
    "What embeds a file given as --query. By default the model that the embeddings were made with, where it "
      + "still is.", placeholder: "M")

  static let group = OptionGroup("the model", [model.option, preset.option])
  /// The same for commands that cannot do without a model.
  static let requiredGroup = OptionGroup("the model", [model.option.required, preset.option])

  /// Reads the model that was named. An untrained one is drawn from --seed with the spread of PyTorch's default
  /// initialisation, zeros beyond the border, its batch normalisation with the statistics 0 and 1 of a fresh network.
  static func featureModel(_ invocation: Invocation) throws -> FeatureModel {
    let (source, random) = try source(invocation)
    return try source.featureModel(random: random, seed: invocation.seed)
  }

  /// The same for clips: the image and the audio encoder.
  static func clipEncoder(_ invocation: Invocation) throws -> ClipEncoder {
    let (source, random) = try source(invocation)
    try tellMissingScale(of: source, invocation.console)
    return try source.clipEncoder(random: random, seed: invocation.seed)
  }

  /// Says what is lost where a run's file stands alone, and whether anything is.
  @discardableResult
  static func tellMissingScale(of source: ModelSource, _ console: Console) throws -> Bool {
    guard try source.lacksScaleOfSound() else { return false }
    console.note(
      "\(source.text): its audio encoder is left out, for the scale of its bands stands in the run's config.json; "
        + "give the run folder")
    return true
  }

  /// The encoders that made an embedding: those of --model, and where that is not given those that its
  /// description names. The embedding is that at `path`.
  static func clipEncoder(
    _ invocation: Invocation, of description: EmbeddingDescription, in path: String
  ) throws -> ClipEncoder {
    if let given = invocation.values[made] { return try clipEncoder(given, of: description) }
    do {
      _ = try ModelSource(description.model)
    } catch {
      guard error.kind == .noInput else { throw error }
      throw CommandFailure(
        .noInput,
        "\(path): \(description.model), the model that made it, is not there any more; say with --model where it is"
      )
    }
    return try clipEncoder(description.model, of: description)
  }

  /// The encoders called `model`; the description tells the size and the seed of an untrained one.
  static func clipEncoder(
    _ model: String, of description: EmbeddingDescription
  ) throws -> ClipEncoder {
    let size = Preset(rawValue: description.preset) ?? .small
    return try ModelSource(model).clipEncoder(
      random: configuration(size), seed: description.seed)
  }

  /// What an embedding of `folder` by the model of `invocation` is made with, as E.json tells it.
  static func description(
    _ invocation: Invocation, _ embedder: ClipEmbedder, folder: String
  ) -> EmbeddingDescription {
    let name = invocation.values[model] ?? ""
    let isRandom = name == "random"
    func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }
    return EmbeddingDescription(
      videoDimensions: embedder.videoDimensions, audioDimensions: embedder.audioDimensions,
      folder: absolute(Folder.exists(folder) ? folder : Folder.parent(of: folder)),
      model: isRandom || name == "pixels" ? name : absolute(name),
      modelHash: embedder.encoder.modelHash, seed: isRandom ? invocation.seed : 0,
      preset: isRandom ? invocation.values[preset] : "", settings: embedder.settings)
  }

  private static func source(
    _ invocation: Invocation
  ) throws -> (ModelSource, random: EncoderConfiguration) {
    guard let text = invocation.values[model] else {
      throw OptionError.missingOption(option: model.option.name, placeholder: "M")
    }
    let source = try ModelSource(text)
    guard source.kind == .random || !invocation.values.isGiven(preset) else {
      throw CommandFailure(
        .usage, "--preset has no part in --model \(text), only in --model random; leave it out")
    }
    return (source, configuration(Preset(rawValue: invocation.values[preset]) ?? .small))
  }

  /// What an untrained encoder of a preset is.
  static func configuration(_ size: Preset) -> EncoderConfiguration {
    EncoderConfiguration(width: size.width, padding: .zeros, audioWidth: size.audioWidth)
  }
}
