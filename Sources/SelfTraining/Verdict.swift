/// What may be said of a self-training by its labelled clips, each judged out of fold.
package struct Verdict: Sendable {
  /// Labelled clips that the round tells right more often than the labels alone, and less often; the others do not count.
  package let won: Int
  package let lost: Int
  /// The chance of at least as much gain if gains and losses were alike (`SignTest`).
  package let chance: Double

  /// Compares how many times a round tells each clip right with how many times the labels alone do, of as many times
  /// that each is judged. Clips of one of `groups` are won and lost together.
  package init(baseline: [Int], round: [Int], groups: [String?]) {
    let gains = zip(baseline, round).map { $1 - $0 }
    won = gains.count { $0 > 0 }
    lost = gains.count { $0 < 0 }
    chance = SignTest.chance(SignTest.together(gains, groups: groups))
  }

  /// Whether the gain is more than chance would give in one of twenty such comparisons.
  var isClear: Bool { chance < 0.05 }
}
