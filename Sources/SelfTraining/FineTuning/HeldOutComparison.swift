import Foundation
import TensorCore

/// Whether tuned encoders tell labelled clips apart better than frozen ones, by clips that neither has seen the label of.
///
/// Clip by clip the losses of the two are compared, each calibrated by one temperature as a whole. If tuning made no
/// difference a clip's gain would as soon have been a loss of the same size: the chance of a sum of gains this large is
/// that of all the ways to change their signs (Fisher 1935; Pitman 1937). Clips of a group change theirs together.
struct HeldOutComparison {
  /// Labelled clips that each tells right.
  let frozenRight: Int
  let tunedRight: Int
  /// The mean of -log p of the true class.
  let frozenLoss: Double
  let tunedLoss: Double
  /// The chance of a gain as large if tuning made no difference.
  let chance: Double

  /// Above this a gain may be noise.
  static let level = 0.05
  /// Groups up to which every way is counted; of more so many are drawn.
  private static let mostCounted = 14
  private static let draws = 20_000

  /// - Parameters:
  ///   - frozen, tuned: what each says of the clips without having seen their labels, [clips][classes].
  init(frozen: [[Double]], tuned: [[Double]], clips: [LabelledClip], seed: UInt64) {
    let truth = clips.map(\.label)
    func losses(_ said: [[Double]]) -> [Double] {
      let logits = said.map(Distribution.logits)
      let temperature = Temperature.fitted(logits, labels: truth)
      return zip(logits, truth).map {
        Temperature.loss([$0], labels: [$1], temperature: temperature)
      }
    }
    func right(_ said: [[Double]]) -> Int {
      zip(said, truth).count { Distribution.top($0) == $1 }
    }
    let (before, after) = (losses(frozen), losses(tuned))
    let count = Double(max(1, clips.count))
    (frozenRight, tunedRight) = (right(frozen), right(tuned))
    (frozenLoss, tunedLoss) = (before.reduce(0, +) / count, after.reduce(0, +) / count)
    var names: [String] = []
    var gains: [String: Double] = [:]
    for (place, clip) in clips.enumerated() {
      let name = clip.group.map { "group " + $0 } ?? "clip \(place)"
      if gains[name] == nil { names.append(name) }
      gains[name, default: 0] += before[place] - after[place]
    }
    chance = Self.chance(names.map { gains[$0] ?? 0 }, seed: seed)
  }

  /// Whether tuning is to be kept: no fewer right, and a gain in the losses that chance does not explain.
  var isBetter: Bool {
    tunedRight >= frozenRight && tunedLoss < frozenLoss && chance < Self.level
  }

  /// The share of the ways to give `gains` signs under which their sum is no smaller.
  static func chance(_ gains: [Double], seed: UInt64) -> Double {
    let sum = gains.reduce(0, +)
    let least = sum - 1e-12 * gains.reduce(0) { $0 + abs($1) }
    if gains.count <= mostCounted {
      let ways = 1 << gains.count
      let reached = (0..<ways).count { way in
        let signed = gains.indices.reduce(0.0) {
          $0 + (way >> $1 & 1 == 0 ? gains[$1] : -gains[$1])
        }
        return signed >= least
      }
      return Double(reached) / Double(ways)
    }
    var random = CounterRandom(seed: seed, purpose: .tuning, step: -1)
    let reached = (0..<draws).count { _ in
      gains.reduce(0.0) { $0 + (random.integer(below: 2) == 0 ? $1 : -$1) } >= least
    }
    // The gains as they are count as one of the ways.
    return Double(reached + 1) / Double(draws + 1)
  }
}
