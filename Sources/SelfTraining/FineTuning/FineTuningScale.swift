import Evaluation
import TensorCore
import Training

/// The scale on which a tuned head sees a feature: that of the frozen one, but that values which hardly change are not
/// blown up. Tuning may wake them.
struct FineTuningScale {
  let standardisation: Standardisation

  /// The least deviation in shares of the root mean square of all.
  private static let least = 0.1

  private init(_ features: Tensor) {
    let measured = Standardisation(features)
    // A value that never changes has a deviation of 1 there.
    let known = measured.deviation.filter { $0 < 1 }
    let typical = (known.reduce(0) { $0 + $1 * $1 } / Double(max(1, known.count))).squareRoot()
    standardisation = Standardisation(
      mean: measured.mean.map { Double(Float($0)) },
      deviation: measured.deviation.map {
        Double(Float(max($0 < 1 ? $0 : 0, max(1e-6, Self.least * typical))))
      })
  }

  /// The scales of the parts that any clip has.
  static func measured(_ views: ViewSet) -> [LinearClassifier.Part: FineTuningScale] {
    func scale(_ matrix: Tensor, _ has: [Bool]) -> FineTuningScale? {
      let rows = has.indices.filter { has[$0] }
      return rows.isEmpty || matrix.shape[1] == 0 ? nil : FineTuningScale(matrix.rows(rows))
    }
    var scales: [LinearClassifier.Part: FineTuningScale] = [:]
    scales[.video] = scale(views.video[0], views.hasVideo)
    scales[.audio] = scale(views.audio[0], views.hasAudio)
    return scales
  }

  /// The fit on this scale as a head to begin with. Of two classes the first has the logit 0.
  func classifier(
    _ part: LinearClassifier.Part, _ fit: LogisticRegression
  ) -> LinearClassifier {
    let head = LinearHead(fit)
    let root = Double(standardisation.mean.count).squareRoot()
    return LinearClassifier(
      part, mean: standardisation.mean.map(Float.init),
      factor: standardisation.deviation.map { Float(1 / ($0 * root)) }, weights: head.weights,
      bias: head.bias)
  }
}
