import TestSupport
import Testing

@testable import SelfTraining

@Suite struct SignTestTests {
  @Test func countsEveryWay() {
    // Of the eight ways to sign three alike, one is as large; with a loss of the same size, four.
    #expect(SignTest.chance([1, 1, 1]) == 0.125)
    #expect(SignTest.chance([1, 1, -1]) == 0.5)
    #expect(SignTest.chance([]) == 1)
    #expect(SignTest.chance([-1, -2]) == 1)
    // What makes no difference has no say.
    #expect(SignTest.chance([1, 0, 0, 1]) == 0.25)
    // Of the eight sums of 1, 2 and 3 those of 4 and more: 6 and 4.
    #expect(SignTest.chance([-1, 2, 3]) == 0.25)
    // As many losses as gains: half of the ways and half of those that are even.
    let even = SignTest.chance((0..<40).map { $0 % 2 == 0 ? 1 : -1 })
    #expect(isClose(even, 0.5 + 0.1253706876 / 2, absolute: 1e-9, relative: 0))
  }

  @Test func clipsOfAGroupCountTogether() {
    let groups = ["a", "a", nil, nil, "b", "a"]
    #expect(SignTest.together([1, 1, -1, 1, 0, -3], groups: groups) == [-1, -1, 1, 0])
    // Six clips of two groups are two witnesses.
    let right = [Int](repeating: 1, count: 6)
    let verdict = Verdict(
      baseline: right.map { _ in 0 }, round: right, groups: ["a", "a", "a", "b", "b", "b"])
    #expect(verdict.won == 6 && verdict.chance == 0.25)
    #expect(
      Verdict(baseline: right.map { _ in 0 }, round: right, groups: right.map { _ in nil }).isClear)
  }

  /// Of clips that are judged ten times every judgement counts, as in the score that is printed: one that turns most of
  /// them is no witness against all that others lose.
  @Test func everyJudgementCounts() {
    func verdict(_ baseline: [Int], _ round: [Int]) -> Verdict {
      Verdict(baseline: baseline, round: round, groups: round.map { _ in nil })
    }
    let worse = verdict([4, 4, 4, 4, 4, 10, 10], [6, 6, 6, 6, 6, 6, 6])
    #expect(worse.won == 5 && worse.lost == 2 && !worse.isClear)
    let better = verdict([6, 6, 6, 6, 6, 6], [9, 9, 9, 9, 9, 9])
    #expect(better.chance == 1.0 / 64 && better.isClear)
  }
}
