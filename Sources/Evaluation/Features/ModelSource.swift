import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import Training

/// What `--model` names, and how it becomes a network: a run folder, a folder with `model.safetensors`, a
/// `.safetensors` file, `random`, or `pixels`.
package struct ModelSource: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case pixels
    case random
    /// A file of weights, and the `config.json` that tells of its encoder, where there is one.
    case file(weights: String, configuration: String?)
  }
  package let kind: Kind
  /// The word or path as it was given.
  package let text: String

  /// Finds what `text` means; nothing is read but the names in folders, and whether a `config.json` is a run's.
  package init(_ text: String) throws(EvaluationError) {
    self.text = text
    switch text {
    case "pixels": kind = .pixels
    case "random": kind = .random
    default:
      guard !text.hasSuffix(".onnx") else {
        throw EvaluationError(
          .usage,
          "\(text): ONNX files are for other programs; give the run folder or .safetensors file that it was "
            + "exported from")
      }
      let isFolder = Folder.exists(text)
      let folder = isFolder ? text : Folder.parent(of: text)
      let names = Folder.names(in: folder)
      let weights = isFolder ? text + "/model.safetensors" : text
      guard names.contains(Folder.lastName(of: weights)) else {
        throw EvaluationError(
          .noInput,
          isFolder && names.contains("config.json") && Self.isOfRun(text + "/config.json")
            ? "\(text): this run has no model, which comes with each checkpoint; wait for it where it is at work, else go "
              + "on with pretrain --out \(text) --resume"
            : isFolder
              ? "\(text): holds no model.safetensors; give a run folder, a .safetensors file, random or pixels"
              : "\(text): no such model; give a run folder, a .safetensors file, random or pixels")
      }
      kind = .file(
        weights: weights,
        configuration: names.contains("config.json") && Self.isOfRun(folder + "/config.json")
          ? folder + "/config.json" : nil)
    }
  }

  /// Other programs write files of this name as well, `export` among them; one that cannot be read is taken for a
  /// run's, whose reader says what is wrong.
  private static func isOfRun(_ path: String) -> Bool {
    guard let bytes = try? readBytes(path, limit: 1 << 20),
      let object = try? JSONValue.parse(bytes)
    else { return true }
    return object["objectives"] != nil || object["clips"] != nil
  }

  /// The encoder's shape as the file tells it. Without a `config.json` the width is that of the first filter, and
  /// convolutions see beyond the border what the file's metadata say, else zeros as PyTorch's do.
  package func configuration(
    random: EncoderConfiguration
  ) throws -> EncoderConfiguration {
    guard case .file(let weights, _) = kind else { return random }
    if let run = try trainingConfiguration() { return run.encoder }
    let file = try SafetensorsFile(weights)
    let names = ["visual.conv1.weight", "conv1.weight"]
    guard let entry = names.compactMap({ file[$0] }).first, entry.shape.count == 4,
      (1...4096).contains(entry.shape[0])
    else {
      throw EvaluationError(
        .badData,
        "\(weights): holds no conv1.weight of an image encoder; give a ResNet-18 state dict")
    }
    let padding = file.metadata[ModelFile.paddingKey].flatMap(PaddingMode.init) ?? .zeros
    return EncoderConfiguration(width: entry.shape[0], padding: padding, audioWidth: 16)
  }

  /// What a run was trained with; nil for anything but a run's folder or file.
  package func trainingConfiguration() throws -> TrainingConfiguration? {
    guard case .file(_, let configuration?) = kind else { return nil }
    do {
      let json = try JSONValue.parse(try readBytes(configuration, limit: 1 << 20))
      return try TrainingConfiguration(json: json)
    } catch let error as StorageError {
      throw error
    } catch {
      throw EvaluationError(
        .badData, "\(configuration): \(error); restore it, or give the .safetensors file alone")
    }
  }

  /// Whether it has an audio encoder that was trained, or needs no training. Of a file without a `config.json`
  /// that is not known, nor how its bands are scaled: it counts as one that has none.
  package func hearsSound() throws -> Bool {
    guard case .file = kind else { return true }
    return try trainingConfiguration().map { $0.clips.audioSeconds > 0 } ?? false
  }

  /// Whether it is a file without a `config.json` whose audio encoder was trained, by the heads of what trained it: of no
  /// use, since how its bands are scaled stands in there.
  package func lacksScaleOfSound() throws -> Bool {
    guard case .file(let weights, nil) = kind else { return false }
    let heads = ["heads.\(AudioVisual.name).", "heads.\(Sound.name)."]
    return try SafetensorsFile(weights).names.contains { name in
      heads.contains { name.hasPrefix($0) }
    }
  }

  /// Whether it has an image encoder that was trained, or needs no training.
  package func seesPictures() throws -> Bool {
    if let run = try trainingConfiguration() { return run.clips.pictures }
    guard case .file(let weights, _) = kind else { return true }
    return try SafetensorsFile(weights).metadata[ModelFile.trainedKey] != "audio"
  }

  /// The features' model. `random` and `seed` are those of an untrained network.
  package func featureModel(random: EncoderConfiguration, seed: UInt64) throws -> FeatureModel {
    if kind == .pixels { return FeatureModel(pixels: text) }
    guard try seesPictures() else {
      throw EvaluationError(
        .usage, "\(text): was trained on sound alone; give a model that was trained on pictures")
    }
    let model = FeatureModel(
      name: text, configuration: try configuration(random: random), seed: seed)
    if kind == .random { model.takePlainInitialisation() }
    if case .file(let weights, _) = kind {
      let report = try ModelFile.load(weights, into: model.parameters)
      guard report.missing.isEmpty else {
        throw EvaluationError(
          .badData,
          "\(weights): lacks \(report.missing.count) tensors of the encoder (\(report.missing[0])...); "
            + "give a whole ResNet-18 state dict")
      }
    }
    return model
  }
}
