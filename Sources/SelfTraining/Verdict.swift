/// What may be said of a self-training by its labelled clips, each judged out of fold.
package struct Verdict: Sendable {
  /// Labelled clips that both get right or both wrong do not count; of the others so many were won by the round and lost.
  package let won: Int
  package let lost: Int
  /// The chance of at least as much won if won and lost were alike (`SignTest`).
  package let chance: Double

  /// Compares the clips that a round gets right with those that the labels alone do. Clips of one of `groups` are won
  /// and lost together.
  package init(baseline: [Bool], round: [Bool], groups: [String?]) {
    won = zip(baseline, round).count { !$0 && $1 }
    lost = zip(baseline, round).count { $0 && !$1 }
    let gains = zip(baseline, round).map { ($1 ? 1 : 0) - ($0 ? 1 : 0) }
    chance = SignTest.chance(SignTest.together(gains, groups: groups))
  }

  /// Whether the gain is more than chance would give in one of twenty such comparisons.
  var isClear: Bool { won > lost && chance < 0.05 }
}
