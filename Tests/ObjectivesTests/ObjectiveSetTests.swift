import Autodiff
import NeuralNetworks
import Objectives
import Settings
import TensorCore
import TestSupport
import Testing

@Suite struct ObjectiveSetTests {
  private func makeSet(_ words: [String]) throws -> ObjectiveSet {
    ObjectiveSet(
      try ObjectiveRegistry.parse(words), options: OptionValues(),
      dimensions: SyntheticFeatures.dimensions, store: ParameterStore(),
      teacher: ParameterStore(), seed: 3)
  }

  @Test func sumsByWeight() throws {
    let features = SyntheticFeatures(videos: [1, 2, 3])
    let result = try makeSet(["walk=2", "av=0.5", "temporal=0.25"]).loss(
      features.context(Tape()))
    let metrics = Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.value) })
    let parts = ["walk/loss", "av/loss", "temporal/loss"].map { metrics[$0] ?? .nan }
    let wanted = 2 * parts[0] + 0.5 * parts[1] + 0.25 * parts[2]
    #expect(
      isClose(Double(try #require(result.loss).value.scalar), wanted, absolute: 0, relative: 1e-6))
    #expect(metrics["loss"] == Double(try #require(result.loss).value.scalar))
  }

  @Test func asksForWhatAnyMemberNeeds() throws {
    #expect(try makeSet(["walk"]).needs == BatchNeeds(returnView: true))
    #expect(
      try makeSet(["walk", "av", "temporal"]).needs
        == BatchNeeds(views: 2, audio: true, teacher: true, returnView: true))
  }

  @Test func keepsEveryMembersState() throws {
    let words = ["av", "temporal"]
    let set = try makeSet(words)
    _ = set.loss(SyntheticFeatures(videos: [1, 2, 3]).context(Tape()))
    #expect(
      set.state.keys.sorted() == [
        "av.queue.audio.rows", "av.queue.audio.videos", "av.queue.image.rows",
        "av.queue.image.videos", "temporal.queue.rows", "temporal.queue.videos",
      ])
    let other = try makeSet(words)
    other.state = set.state
    #expect(other.state.mapValues(\.array) == set.state.mapValues(\.array))
    other.state = [:]
    #expect(other.state.isEmpty)
  }

  @Test func hasNoLossWithoutSound() throws {
    let silent = SyntheticFeatures(videos: [1, 2], silent: [0, 1, 2, 3])
    let result = try makeSet(["av"]).loss(silent.context(Tape()))
    #expect(result.loss == nil)
    #expect(result.metrics.map(\.name) == ["av/silent"])
    #expect(result.metrics.map(\.value) == [4])
  }
}
