import ClipData
import Evaluation
import NeuralNetworks
import Settings
import Storage
import Training

/// A fine-tuned encoder on its way into a classifier's folder.
package struct TunedEncoder {
  private let encoders: Encoders

  package init(_ encoders: Encoders) { self.encoders = encoders }

  /// Makes the model folder at `path`: the encoders' weights, and the `config.json` of the run that they come from, which
  /// tells how they see. `description`, of the embedding by the encoder before it was tuned, becomes that by this one.
  func write(to path: String, _ description: inout EmbeddingDescription) throws {
    let source = try ModelSource(description.model)
    try Folder.create(path)
    let names = ["visual.", "audio."]
    let digest = try Safetensors.write(
      ModelFile.tensors(of: encoders.store).filter { tensor in
        names.contains { tensor.name.hasPrefix($0) }
      },
      metadata: ModelFile.metadata(
        padding: encoders.configuration.padding, pictures: try source.seesPictures()),
      to: path + "/model.safetensors")
    switch source.kind {
    case .file(_, let configuration?):
      try AtomicFile.copy(configuration, to: path + "/config.json")
    case .random:
      // No run made it: this says what its encoders are and that they see and hear.
      let configuration = TrainingConfiguration(
        encoder: encoders.configuration, clips: ClipSettings(), objectives: [])
      try AtomicFile.write(
        try configuration.json().text(indented: true) + "\n", to: path + "/config.json")
    default: break
    }
    description.modelHash = digest.sha256
    (description.seed, description.preset) = (0, "")
  }
}
