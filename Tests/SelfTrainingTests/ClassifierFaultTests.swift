import Evaluation
import Storage
import TensorCore
import TestSupport
import Testing

@testable import SelfTraining

/// A classifier's folder is whole or absent, whichever call to the disk fails.
@Suite struct ClassifierFaultTests {
  private static let classifier = TrainedClassifier(
    classes: ["left", "right"],
    space: FeatureSpace(
      video: Projection(mean: [0, 1], axes: Tensor([1, 0, 0, 0.5], [2, 2])), audio: nil),
    ensemble: Ensemble(
      classes: 2,
      members: [
        Member(
          part: .video, head: .linear(LinearHead(weights: [1, 2, 3, 4], bias: [0, 1])),
          temperature: 1)
      ], temperature: 1),
    strangeness: Strangeness(
      video: Strangeness.Reference(
        rows: Tensor([1, 0, 0, 1], [2, 2]),
        scale: Standardisation(mean: [0.5, 0.5], deviation: [0.5, 0.5])), audio: nil,
      known: [0.1], limit: 1))

  private static func write(_ description: EmbeddingDescription, to root: String) throws {
    let out = try StagedFolder(root + "/classifier")
    do {
      try ClassifierFolder.write(classifier, description, to: out.draft)
      try out.publish()
    } catch {
      out.discard()
      throw (error as? StorageError).map(out.named) ?? error
    }
  }

  @Test func isWholeOrAbsent() throws {
    let models = try ScratchFolder()
    let model = models.path("model.safetensors")
    let digest = try Safetensors.write([("w", Tensor([1, 2, 3], [3]))], to: model)
    let description = EmbeddingDescription(
      videoDimensions: 2, audioDimensions: 0, folder: "/videos", model: model,
      modelHash: digest.sha256, seed: 0, preset: "", settings: EmbeddingSettings())
    let count = try withEveryDiskFault {
      try Self.write(description, to: $0)
    } check: { root, call in
      let path = root + "/classifier"
      if Folder.exists(path) {
        let found = try ClassifierFolder(path)
        #expect(found.classifier == Self.classifier, "\(call)")
        #expect(try FileDigest(of: path + "/encoder/model.safetensors") == digest, "\(call)")
      } else {
        #expect(call.error != nil, "\(call)")
      }
      if let failure = call.storageError {
        #expect(failure.path.hasPrefix(root), "\(call): \(failure)")
        #expect(!failure.path.contains(".partial-"), "\(call): \(failure)")
      }
      if call.fault != .killed {
        #expect(Folder.names(in: root).allSatisfy { $0 == "classifier" }, "\(call)")
      }
    }
    #expect(count > 3 * 15)
  }
}
