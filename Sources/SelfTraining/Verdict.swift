import Foundation

/// What may be said of a self-training by its labelled clips, each judged out of fold.
package struct Verdict: Sendable {
  /// Labelled clips that both get right or both wrong do not count; of the others so many were won by the round and lost.
  package let won: Int
  package let lost: Int

  /// Compares the clips that a round gets right with those that the labels alone do.
  package init(baseline: [Bool], round: [Bool]) {
    won = zip(baseline, round).count { !$0 && $1 }
    lost = zip(baseline, round).count { $0 && !$1 }
  }

  /// The chance of at least as many won if won and lost were alike (the one-sided sign test; McNemar 1947).
  package var chance: Double {
    let count = won + lost
    guard count > 0 else { return 1 }
    let all = lgamma(Double(count + 1)) - Double(count) * log(2)
    let ways = (won...count).reduce(0.0) { sum, k in
      let orders: Double = lgamma(Double(k + 1)) + lgamma(Double(count - k + 1))
      return sum + exp(all - orders)
    }
    return min(1, ways)
  }

  /// Whether the gain is more than chance would give in one of twenty such comparisons.
  var isClear: Bool { won > lost && chance < 0.05 }
}
