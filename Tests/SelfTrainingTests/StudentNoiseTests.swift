import TensorCore
import Testing

@testable import SelfTraining

@Suite struct StudentNoiseTests {
  /// Only a clip with pictures and sound loses one of them, and only where they stand beside each other: a head of sound
  /// alone keeps all its columns.
  @Test func onlyOneOfTwoPartsIsDropped() throws {
    let count = 40
    var data = SyntheticViews(clips: count)
    (data.videoDimensions, data.dimensions) = (4, 12)
    var views = data.views()
    views.hasVideo = (0..<count).map { $0 % 4 != 1 }
    views.hasAudio = (0..<count).map { $0 % 4 != 2 }
    let features = FeatureSpace(views)(views)
    func kept(_ part: Part) throws -> (before: [Float], after: [Float], width: Int) {
      var features = try #require(features[part])
      // Every column of every clip holds something.
      features.views = [Tensor(repeating: 1, [count, features.dimensions])]
      var random = CounterRandom(seed: 1, purpose: .test)
      let batch = NoisyBatch(
        features, rows: Array(0..<count), targets: (0..<count).map { _ in [1, 0] },
        weights: (0..<count).map { _ in 1 }, noise: StudentNoise(partDropout: 1), random: &random)
      return (features.views[0].array, batch.features.array, features.dimensions)
    }
    for part in [Part.video, .audio] {
      let (before, after, _) = try kept(part)
      #expect(before == after, "\(part)")
    }
    let (_, after, width) = try kept(.both)
    let video = try #require(features[.video]).dimensions
    #expect(video > 0 && video < width)
    var lost = [0, 0]
    for clip in 0..<count {
      let row = after[clip * width..<(clip + 1) * width]
      let (seen, heard) = (row.prefix(video).contains(1), row.dropFirst(video).contains(1))
      if views.hasVideo[clip], views.hasAudio[clip] {
        #expect(seen != heard)
        lost[seen ? 0 : 1] += 1
      } else {
        #expect(seen && heard)
      }
    }
    #expect(lost.allSatisfy { $0 > 4 })
  }
}
