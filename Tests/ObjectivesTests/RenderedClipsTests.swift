import Objectives
import Testing

/// Every objective, through the encoders, on rendered clips that training did not see.
@Suite struct RenderedClipsTests {
  @Test(arguments: ObjectiveRegistry.all.map { Entry(type: $0) })
  func isAboveChanceAfterAShortTraining(_ entry: Entry) throws {
    let clips = try RenderedClips.shared.get()
    let heldOut = try clips.heldOutBatches()
    let model = SmallModel(entry)
    let untrained = model.scores(on: heldOut)
    try model.train(on: clips, steps: 120, rate: 1e-3)
    let trained = model.scores(on: heldOut)
    let first = try #require(trained.first)
    #expect(first.value > first.chance + 0.1 * (1 - first.chance), "\(first)")
    for (before, after) in zip(untrained, trained) {
      #expect(after.value > after.chance, "\(after)")
      #expect(after.value > before.value, "\(before), then \(after)")
    }
  }
}
