import Foundation
import TensorCore

/// Whether tuned encoders tell labelled clips apart better than frozen ones, by clips that neither has seen the label of.
///
/// What counts is which of them each has right: losses may fall for every clip at once by a temperature that one lucky
/// clip allows. If tuning made no difference a clip's gain would as soon have been a loss: the chance of as many gains
/// is that of all the ways to change their signs (Fisher 1935; for clips by themselves this is McNemar's test, 1947).
/// Clips of a group change theirs together.
struct HeldOutComparison {
  /// Labelled clips that each tells right.
  let frozenRight: Int
  let tunedRight: Int
  /// The mean of -log p of the true class, each calibrated by one temperature as a whole; for the report alone.
  let frozenLoss: Double
  let tunedLoss: Double
  /// The chance of as many gains if tuning made no difference.
  let chance: Double

  /// Above this a gain may be noise.
  static let level = 0.05
  /// Gains up to which every way is counted; of more so many are drawn.
  private static let mostCounted = 14
  private static let draws = 20_000

  /// - Parameters:
  ///   - frozen, tuned: what each says of the clips without having seen their labels, [clips][classes].
  init(frozen: [[Double]], tuned: [[Double]], clips: [LabelledClip], seed: UInt64) {
    let truth = clips.map(\.label)
    func loss(_ said: [[Double]]) -> Double {
      let logits = said.map(Distribution.logits)
      let temperature = Temperature.fitted(
        logits, labels: truth, spread: TunedCalibration.spread)
      return Temperature.loss(logits, labels: truth, temperature: temperature)
        / Double(max(1, clips.count))
    }
    func right(_ said: [[Double]]) -> [Bool] { zip(said, truth).map { Distribution.top($0) == $1 } }
    (frozenLoss, tunedLoss) = (loss(frozen), loss(tuned))
    let (before, after) = (right(frozen), right(tuned))
    (frozenRight, tunedRight) = (before.count { $0 }, after.count { $0 })
    var names: [String] = []
    var gains: [String: Int] = [:]
    for (place, clip) in clips.enumerated() {
      let name = clip.group.map { "group " + $0 } ?? "clip \(place)"
      if gains[name] == nil { names.append(name) }
      gains[name, default: 0] += (after[place] ? 1 : 0) - (before[place] ? 1 : 0)
    }
    chance = Self.chance(names.map { gains[$0] ?? 0 }, seed: seed)
  }

  /// Whether tuning is to be kept: more are right, and chance does not explain how many.
  var isBetter: Bool { tunedRight > frozenRight && chance < Self.level }

  /// The share of the ways to give `gains` signs under which their sum is no smaller.
  static func chance(_ gains: [Int], seed: UInt64) -> Double {
    let gains = gains.filter { $0 != 0 }
    let sum = gains.reduce(0, +)
    if gains.count <= mostCounted {
      let ways = 1 << gains.count
      let reached = (0..<ways).count { way in
        gains.indices.reduce(0) { $0 + (way >> $1 & 1 == 0 ? gains[$1] : -gains[$1]) } >= sum
      }
      return Double(reached) / Double(ways)
    }
    var random = CounterRandom(seed: seed, purpose: .tuning, step: -1)
    let reached = (0..<draws).count { _ in
      gains.reduce(0) { $0 + (random.integer(below: 2) == 0 ? $1 : -$1) } >= sum
    }
    // The gains as they are count as one of the ways.
    return Double(reached + 1) / Double(draws + 1)
  }
}
