import Foundation

/// Whether tuned encoders tell labelled clips apart better than frozen ones, by clips that neither has seen the label of.
///
/// Which of them each has right says little where there are few. How probable the true class is to each says more, but
/// only at equal confidence (`EqualConfidence`): temperatures fitted to so few clips may let the losses of all of them
/// fall at once. The gain of a clip is that of the logarithm of the true class's probability; if tuning made no
/// difference it would as soon have been a loss, and `SignTest` tells the chance of as much. Clips of a group gain and
/// lose together.
struct HeldOutComparison {
  /// Labelled clips that each tells right; of which nothing is said is not.
  let frozenScore: SelfTrainingRecord.Score
  let tunedScore: SelfTrainingRecord.Score
  var frozenRight: Int { frozenScore.correct }
  var tunedRight: Int { tunedScore.correct }
  /// The mean of -log p of the true class, at equal confidence.
  let frozenLoss: Double
  let tunedLoss: Double
  /// The chance of as much gain if tuning made no difference.
  let chance: Double

  /// Above this a gain may be noise.
  static let level = 0.05
  /// The share of each prediction that is spread over all classes, so that no clip outweighs all others.
  private static let spread = 0.02
  /// Gains are counted in thousandths.
  private static let unit = 1e-3

  /// - Parameters:
  ///   - frozen, tuned: what each says of the clips without having seen their labels, [clips][classes].
  ///   - uncalibrated: the same as `tuned`, with temperatures in which no label had a part; `tuned` without.
  init(
    frozen: Probabilities, tuned: Probabilities, uncalibrated: Probabilities? = nil,
    clips: [LabelledClip]
  ) {
    let truth = clips.map(\.label)
    (frozenScore, tunedScore) = (
      SelfTrainingRecord.Score(frozen, clips), SelfTrainingRecord.Score(tuned, clips)
    )
    func likelihoods(_ said: Probabilities) -> [Double] {
      zip(said, truth).map { log((1 - Self.spread) * $0[$1] + Self.spread / Double($0.count)) }
    }
    let before = likelihoods(frozen)
    let after = likelihoods(
      EqualConfidence.of(uncalibrated ?? tuned, EqualConfidence.mean(frozen)))
    func loss(_ values: [Double]) -> Double { -values.reduce(0, +) / Double(max(1, values.count)) }
    (frozenLoss, tunedLoss) = (loss(before), loss(after))
    let gains = SignTest.together(zip(after, before).map { $0 - $1 }, groups: clips.map(\.group))
    chance = SignTest.chance(gains.map { Int(($0 / Self.unit).rounded()) })
  }

  /// Whether tuning is to be kept: no fewer are right, and chance does not explain how much more probable the true
  /// classes are.
  var isBetter: Bool { tunedRight >= frozenRight && chance < Self.level }
}
