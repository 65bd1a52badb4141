import Evaluation
import Settings
import Storage

/// A classifier with all that it needs, as one folder that can be moved and copied: the heads, the encoder's weights,
/// and how clips are cut out and seen.
package struct ClassifierFolder: Sendable {
  package let classifier: TrainedClassifier
  /// What the clips must be embedded with. `model` is `random`, `pixels`, or the folder of the weights.
  package let description: EmbeddingDescription

  /// The embedding's description, and the folder of the encoder's weights.
  private static let embedding = "/embedding.json"
  private static let encoder = "encoder"

  /// Writes `classifier` into the folder at `path`, which is there. The weights of the model that `description` names
  /// are copied, with their `config.json` where they have one; where the encoder was `tuned`, it stands in their place.
  package static func write(
    _ classifier: TrainedClassifier, _ description: EmbeddingDescription,
    tuned: TunedEncoder? = nil, to path: String
  ) throws {
    try classifier.write(to: path)
    var description = description
    if let tuned {
      try tuned.write(to: "\(path)/\(encoder)", &description)
      description.model = encoder
    } else if case .file(let weights, let configuration) = try ModelSource(description.model).kind {
      let folder = "\(path)/\(encoder)"
      try Folder.create(folder)
      let digest = try AtomicFile.copy(weights, to: folder + "/model.safetensors")
      guard digest.sha256 == description.modelHash else {
        throw EvaluationError(
          .badData, "\(weights): has changed since the clips were embedded; run the command again")
      }
      if let configuration { try AtomicFile.copy(configuration, to: folder + "/config.json") }
      description.model = encoder
    }
    // The rest of it says which clips the heads were made from, and is of no use elsewhere.
    description.folder = ""
    try AtomicFile.write(
      description.json.text(indented: true) + "\n", to: path + embedding)
  }

  /// Reads a folder that `write` made.
  package init(_ path: String) throws {
    guard Folder.exists(path) else {
      throw EvaluationError(
        .noInput, "\(path): no such folder; give the one that selftrain wrote")
    }
    guard Folder.hasEntry(path + Self.embedding) else {
      throw EvaluationError(
        .noInput, "\(path): holds no classifier; give the folder that selftrain wrote")
    }
    classifier = try TrainedClassifier(from: path)
    var description = try EmbeddingDescription(reading: path + Self.embedding)
    try description.checkFeatures(path)
    // Heads may know one part alone, where no labelled clip was heard, say.
    guard [0, description.videoDimensions].contains(classifier.videoDimensions),
      [0, description.audioDimensions].contains(classifier.audioDimensions)
    else {
      throw EvaluationError(
        .badData,
        "\(path): its heads and its \(Self.embedding.dropFirst()) do not fit; copy it again")
    }
    if description.model == Self.encoder {
      let folder = "\(path)/\(Self.encoder)"
      let weights = folder + "/model.safetensors"
      guard Folder.hasEntry(weights) else {
        throw EvaluationError(
          .noInput,
          "\(Folder.exists(folder) ? weights : folder): is not there, and the classifier needs its encoder; copy the whole "
            + "classifier again, or train it again with selftrain")
      }
      description.model = folder
    }
    self.description = description
  }

  /// Throws where `encoder` is not the one whose features the heads know.
  package func check(_ encoder: ClipEncoder) throws(EvaluationError) {
    guard encoder.modelHash == description.modelHash else {
      throw EvaluationError(
        .badData,
        "\(encoder.name): is not the encoder that the heads were made with; copy the classifier again"
      )
    }
  }
}
