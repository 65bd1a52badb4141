import Settings
import Testing

@testable import Evaluation

/// What an embedding is gone on with otherwise is told as it is typed.
@Suite struct EmbeddingChangeTests {
  private static let description = EmbeddingDescription(
    videoDimensions: 64, audioDimensions: 32, folder: "/videos", model: "runs/a", modelHash: "aa",
    seed: 0, preset: "", settings: EmbeddingSettings())

  private func change(_ edit: (inout EmbeddingDescription) -> Void) -> String? {
    var changed = Self.description
    edit(&changed)
    return EmbeddingDescription.change(from: Self.description.json, to: changed.json)
  }

  /// The dimensions follow from the options, and are not what to tell.
  @Test func theOptionIsNamedAndNotWhatFollowsFromIt() {
    #expect(change { _ in } == nil)
    #expect(
      change {
        $0.folder = "/elsewhere"; $0.model = "runs/moved"
      } == nil)
    #expect(
      change { ($0.model, $0.modelHash, $0.videoDimensions) = ("runs/b", "bb", 128) }
        == "--model runs/a, not --model runs/b")
    #expect(change { $0.modelHash = "bb" } == "--model runs/a before that file changed")
    #expect(
      change { ($0.settings.modality, $0.audioDimensions) = (.video, 0) }
        == "--modality both, not --modality video")
    #expect(
      change { ($0.settings.temporal, $0.videoDimensions) = (true, 128) }
        == "no --temporal, not --temporal")
    #expect(change { $0.settings.size = 64 } == "--size 128, not --size 64")
    #expect(change { $0.settings.clip = 2.5 } == "--clip 2, not --clip 2.5")
    #expect(change { $0.settings.perWindow = true } == "no --per-window, not --per-window")
    #expect(change { $0.settings.heldOut = true } == "no --held-out, not --held-out")
    #expect(change { $0.seed = 7 } == "--seed 0, not --seed 7")
  }

  /// One that was begun before the version was told is of the first.
  @Test func anotherVersionIsTold() throws {
    var older = try #require(Self.description.json.object)
    older["features"] = nil
    #expect(EmbeddingDescription.change(from: .object(older), to: Self.description.json) == nil)
    var next = Self.description
    next.features = 2
    #expect(
      EmbeddingDescription.change(from: .object(older), to: next.json)
        == "the features of another version of palindrome")
  }

  /// The second version is of windows that share frames at times of their own.
  @Test func onlyWhatChangedHasTheNewVersion() {
    func version(_ change: (inout EmbeddingSettings) -> Void) -> Int {
      var settings = EmbeddingSettings()
      change(&settings)
      return EmbeddingDescription(
        videoDimensions: 4, audioDimensions: 4, folder: "f", model: "m", modelHash: "h", seed: 0,
        preset: "small", settings: settings
      ).features
    }
    #expect(
      version {
        $0.perWindow = true; $0.stride = 0.1
      } == 2)
    #expect(
      version {
        $0.perWindow = true; $0.stride = 1
      } == 1)
    #expect(
      version {
        $0.perWindow = true; $0.stride = 0.1; $0.modality = .audio
      } == 1)
    #expect(version { $0.stride = 0.1 } == 1)
  }

  @Test func anUntrainedModelAndAnotherAreTold() {
    var untrained = Self.description
    (untrained.model, untrained.modelHash) = ("random", "")
    var pixels = untrained
    (pixels.model, pixels.videoDimensions) = ("pixels", 192)
    #expect(
      EmbeddingDescription.change(from: untrained.json, to: pixels.json)
        == "--model random, not --model pixels")
  }
}
