import ClipData
import Evaluation
import Foundation
import NeuralNetworks
import Synchronization
import TestSupport
import Testing
import Training

@testable import SelfTraining

/// Files that go or change while the encoder is tuned on them.
@Suite(.serialized) struct FineTuningFileTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips/"
  private static let kinds = ["ball", "wheel"]

  private let folder: ScratchFolder
  private let listing: MediaListing
  private let embedder: ClipEmbedder

  /// Four clips of each of two kinds.
  init() throws {
    folder = try ScratchFolder()
    for kind in Self.kinds {
      for number in 1...4 {
        try FileManager.default.copyItem(
          atPath: "\(Self.clips)\(kind)/\(kind)-0\(number).mp4",
          toPath: folder.path("\(kind)-\(number).mp4"))
      }
    }
    listing = try MediaListing(folder.path)
    var settings = EmbeddingSettings()
    settings.modality = .video
    (settings.size, settings.rate, settings.windows) = (32, 2, 1)
    embedder = try ClipEmbedder(
      encoder: try ModelSource("random").clipEncoder(
        random: EncoderConfiguration(width: 16, audioWidth: 16), seed: 0), settings: settings)
  }

  private func views() throws -> ViewSet {
    let found = CollectedFiles()
    _ = try EmbeddingRun(
      listing.files, embedder: embedder, shouldStop: { false },
      deliver: { number, file, _ in found.add(number, file) }
    ).run()
    return ViewSet(found.files(listing.files.count), embedder)
  }

  /// A file that is gone when the tuned encoder is to embed it costs the tuning, not the frozen classifier.
  @Test func theFrozenClassifierStays() throws {
    let views = try views()
    func clip(_ kind: Int, _ number: Int) -> LabelledClip {
      LabelledClip(row: 4 * kind + number - 1, label: kind)
    }
    let labels = [clip(0, 1), clip(0, 2), clip(1, 1), clip(1, 2)]
    let test = [clip(0, 4), clip(1, 4)]
    var settings = SelfTrainingSettings()
    settings.rounds = 0
    let frozen = try #require(
      SelfTraining(settings).run(views, labels: labels, classes: Self.kinds, test: test))
    var plan = FineTuningPlan()
    plan.steps = 1
    let path = folder.path("wheel-3.mp4")
    let outcome = try FineTuning(
      frozen, views, labels: labels, test: test, settings: settings, plan: plan,
      embedder: embedder, listing: listing.files
    ).run(
      progress: { done, all in if done == all { try? FileManager.default.removeItem(atPath: path) }
      },
      shouldStop: { false })
    let result = try #require(outcome).result
    #expect(outcome?.encoders == nil && result.classifier == frozen.classifier)
    #expect(result.predictions == frozen.predictions)
    let record = try #require(result.record.fineTuning)
    #expect(
      !record.isKept && record.obstacle?.hasPrefix("\(path) gives no vector any more") == true)
    #expect(record.trainings.count == 5 && (record.trainingLoss?.last ?? 0) > 0)
    #expect(result.record.verdict.contains(path))
  }

  @Test func aFileThatChangesIsNotLearnedFrom() throws {
    let draws = [TuningClips.Draw(file: 0, slot: 0), TuningClips.Draw(file: 4, slot: 1)]
    func seen() throws -> [Int] {
      try TuningClips(embedder, files: listing.files, frames: 2, seed: 0)
        .input(draws, step: 0, isStrong: false).pictures.flatMap { $0.clips.map(\.clip) }
    }
    #expect(try seen() == [0, 1])
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: listing.files[4].path))
    try handle.seekToEnd()
    try handle.write(contentsOf: [0])
    try handle.close()
    #expect(try seen() == [0])
  }
}
