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

  /// - Parameters:
  ///   - frozen, tuned: what each says of the clips without having seen their labels, [clips][classes].
  init(frozen: [[Double]], tuned: [[Double]], clips: [LabelledClip]) {
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
    let gains = zip(before, after).map { ($1 ? 1 : 0) - ($0 ? 1 : 0) }
    chance = SignTest.chance(SignTest.together(gains, groups: clips.map(\.group)))
  }

  /// Whether tuning is to be kept: more are right, and chance does not explain how many.
  var isBetter: Bool { tunedRight > frozenRight && chance < Self.level }
}
