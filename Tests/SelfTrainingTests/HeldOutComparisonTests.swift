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
    // The frozen classifier is wrong about every third clip.
    let frozen = Self.said(24) { $0 % 3 == 0 ? 0.4 : 0.7 }
    let tuned = Self.said(24) { $0 % 12 == 0 ? 0.45 : 0.9 }
    let better = HeldOutComparison(
      frozen: frozen, tuned: tuned, clips: Self.clips(24))
    #expect(better.frozenRight == 16 && better.tunedRight == 22)
    #expect(better.tunedLoss < better.frozenLoss && better.chance == 1.0 / 64 && better.isBetter)
    // The other way round it is not.
    let worse = HeldOutComparison(frozen: tuned, tuned: frozen, clips: Self.clips(24))
    #expect(!worse.isBetter && worse.chance > 0.9)
  }

  @Test func noiseIsNotKept() {
    // One clip more is right, which may be luck, however sure it makes of the others.
    let frozen = Self.said(12) { $0 == 0 ? 0.45 : 0.8 }
    let lucky = Self.said(12) { $0 == 0 ? 0.55 : ($0 % 2 == 0 ? 0.82 : 0.78) }
    let chance = HeldOutComparison(
      frozen: frozen, tuned: lucky, clips: Self.clips(12))
    #expect(chance.tunedRight == chance.frozenRight + 1 && !chance.isBetter)
    // The same again is no gain at all.
    let same = HeldOutComparison(frozen: frozen, tuned: frozen, clips: Self.clips(12))
    #expect(!same.isBetter && same.chance == 1)
    // Surer but wrong more often is not kept either.
    let surer = Self.said(12) { $0 < 2 ? 0.45 : 0.99 }
    let fewer = HeldOutComparison(
      frozen: frozen, tuned: surer, clips: Self.clips(12))
    #expect(fewer.tunedRight < fewer.frozenRight && !fewer.isBetter)
  }

  @Test func clipsOfAGroupAreOneWitness() {
    let frozen = Self.said(24) { $0 % 3 == 0 ? 0.4 : 0.7 }
    let tuned = Self.said(24) { _ in 0.9 }
    let alone = HeldOutComparison(frozen: frozen, tuned: tuned, clips: Self.clips(24))
    let grouped = HeldOutComparison(
      frozen: frozen, tuned: tuned, clips: Self.clips(24) { "actor \($0 % 3)" })
    #expect(alone.isBetter && grouped.chance == 0.5 && !grouped.isBetter)
  }
}
