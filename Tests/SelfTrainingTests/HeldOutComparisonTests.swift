import Foundation
import TensorCore
import Testing

@testable import SelfTraining

/// When a fine-tuning is kept.
@Suite struct HeldOutComparisonTests {
  private static func clips(_ count: Int, group: (Int) -> String? = { _ in nil }) -> [LabelledClip]
  {
    (0..<count).map { LabelledClip(row: $0, label: $0 % 2, group: group($0)) }
  }

  /// Of clip `index` the true class has this probability.
  private static func said(_ count: Int, _ truth: (Int) -> Double) -> [[Double]] {
    (0..<count).map { index in
      index % 2 == 0 ? [truth(index), 1 - truth(index)] : [1 - truth(index), truth(index)]
    }
  }

  @Test func aClearGainIsKept() {
    // Frozen heads are wrong about every fourth clip, tuned ones about every twelfth, and both are as sure of what they say.
    let frozen = Self.said(24) { $0 % 4 == 0 ? 0.3 : 0.7 }
    let tuned = Self.said(24) { $0 % 12 == 0 ? 0.3 : 0.7 }
    let better = HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(24))
    #expect(better.frozenRight == 18 && better.tunedRight == 22)
    // Of four gains and no loss one of sixteen ways is as good.
    #expect(better.tunedLoss < better.frozenLoss && better.chance == 1.0 / 16 && !better.isBetter)
    let more = HeldOutComparison(
      frozen: Self.said(30) { $0 % 5 == 0 ? 0.3 : 0.7 }, tuned: Self.said(30) { _ in 0.7 },
      clips: Self.clips(30))
    #expect(more.chance == 1.0 / 64 && more.isBetter)
    // The other way round it is not.
    let worse = HeldOutComparison(frozen: tuned, tuned: frozen, clips: Self.clips(24))
    #expect(!worse.isBetter && worse.chance == 1)
  }

  /// Clips that neither gets right otherwise still tell which is nearer to the truth.
  @Test func whatIsLessWrongSaysSomething() {
    // Both have the same eight of twelve right, equally sure in the mean; the tuned one is doubtful where it is wrong.
    let frozen = Self.said(12) { $0 % 3 == 0 ? 0.1 : 0.75 }
    let tuned = Self.said(12) { $0 % 3 == 0 ? 0.4 : 0.9 }
    let comparison = HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(12))
    #expect(comparison.frozenRight == 8 && comparison.tunedRight == 8)
    #expect(comparison.chance == 1.0 / 4096 && comparison.isBetter)
  }

  @Test func noiseIsNotKept() {
    let frozen = Self.said(12) { $0 == 0 ? 0.45 : 0.8 }
    // The same said more or less surely is no gain at all.
    for power in [0.2, 1, 5] {
      let same = frozen.map { row in Distribution.normalised(row.map { pow($0, power) }) }
      let comparison = HeldOutComparison(frozen: frozen, tuned: same, clips: Self.clips(12))
      #expect(!comparison.isBetter && comparison.chance == 1, "\(power)")
      #expect(abs(comparison.tunedLoss - comparison.frozenLoss) < 1e-6)
    }
    // One clip more is right, which may be luck.
    let lucky = Self.said(12) { $0 == 0 ? 0.55 : ($0 % 2 == 0 ? 0.82 : 0.78) }
    let chance = HeldOutComparison(frozen: frozen, tuned: lucky, clips: Self.clips(12))
    #expect(chance.tunedRight == chance.frozenRight + 1 && !chance.isBetter)
    // Fewer that are right are not kept, however probable the others are.
    let fewer = Self.said(12) { $0 < 2 ? 0.49 : 0.95 }
    #expect(!HeldOutComparison(frozen: frozen, tuned: fewer, clips: Self.clips(12)).isBetter)
  }

  /// A clip that gives no vector any more is not told right, whatever its class.
  @Test func ofWhichNothingIsSaidIsWrong() {
    let frozen = Self.said(8) { _ in 0.8 }
    let tuned = Self.said(8) { $0 < 2 ? 0.5 : 0.8 }
    let comparison = HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(8))
    #expect(comparison.frozenRight == 8 && comparison.tunedRight == 6 && !comparison.isBetter)
  }

  /// Two classifiers as good as each other, whatever their confidence: hardly any is kept.
  @Test func withoutADifferenceNothingIsKept() {
    var random = CounterRandom(seed: 3, purpose: .test)
    var kept = 0
    for _ in 0..<200 {
      let common = (0..<20).map { _ in Double(random.normal()) }
      func drawn(_ scale: Double) -> [[Double]] {
        Self.said(20) { clip in
          let margin = 1 + 0.7 * common[clip] + 0.7 * Double(random.normal())
          return 1 / (1 + exp(-scale * margin))
        }
      }
      let (frozen, tuned) = (drawn(2), drawn(6))
      kept +=
        HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(20)).isBetter ? 1 : 0
    }
    #expect(kept <= 18, "\(kept) of 200")
  }

  /// Of two labels a class, or two groups, a fold leaves half of them.
  @Test func halfOfTheLabelsDoNotDecide() {
    func obstacle(_ count: Int, group: (Int) -> String? = { _ in nil }) -> String? {
      let clips = Self.clips(count, group: group)
      var random = CounterRandom(seed: 1, purpose: .test)
      let folds = LabelFolds(clips, classes: 2, usual: 4, most: 4, random: &random)
      return HiddenClips(clips, folds, classes: 2).obstacle
    }
    #expect(obstacle(4) != nil && obstacle(20, group: { "actor \($0 / 10)" }) != nil)
    for count in [6, 10, 20] { #expect(obstacle(count) == nil, "\(count)") }
    #expect(obstacle(20, group: { "actor \($0 / 5)" }) == nil)
  }

  @Test func clipsOfAGroupAreOneWitness() {
    let frozen = Self.said(24) { $0 % 3 == 0 ? 0.3 : 0.7 }
    let tuned = Self.said(24) { _ in 0.7 }
    let alone = HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(24))
    let grouped = HeldOutComparison(
      frozen: frozen, tuned: tuned, clips: Self.clips(24) { "actor \($0 % 4)" })
    #expect(alone.isBetter && grouped.chance == 1.0 / 16 && !grouped.isBetter)
  }
}
