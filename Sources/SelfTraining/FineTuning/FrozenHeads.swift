import Evaluation
import TensorCore
import Training

/// What heads on the frozen embeddings say when some labels are hidden: what fine-tuning starts from, learns from and
/// has to be better than.
struct FrozenHeads {
  let views: ViewSet
  let classes: Int
  let settings: SelfTrainingSettings
  /// The rounds after the labels alone.
  let rounds: Int
  private let space: FeatureSpace
  private let features: [Part: PartFeatures]
  private let scales: [LinearClassifier.Part: FineTuningScale]

  init(_ views: ViewSet, classes: Int, settings: SelfTrainingSettings, rounds: Int) {
    (self.views, self.classes, self.settings, self.rounds) = (views, classes, settings, rounds)
    space = FeatureSpace(views)
    features = space(views)
    scales = FineTuningScale.measured(views)
  }

  /// The probabilities of all clips, [clips][classes], by heads that see the labels `visible` and no others.
  func said(_ visible: [LabelledClip]) -> [[Double]] {
    var procedure = Procedure(
      Problem(
        features: features, classes: classes,
        labelled: visible, settings: settings))
    for _ in 0..<rounds { procedure.advance() }
    return procedure.state.predictions
  }

  /// C of the linear heads that fine-tuning begins with.
  private static let strength = 10.0

  /// A linear head for each part in which `visible` has every class: what the labels and, together of the same weight,
  /// `told` (clips and what is said of them) teach about the frozen features.
  func linear(
    _ visible: [LabelledClip], told: [(row: Int, probabilities: [Double])]
  ) -> [LinearClassifier] {
    LinearClassifier.Part.allCases.compactMap { part in
      guard let scale = scales[part] else { return nil }
      let present = part == .video ? views.hasVideo : views.hasAudio
      let known = visible.filter { present[$0.row] }
      guard Set(known.map(\.label)).count == classes else { return nil }
      let others = told.filter { present[$0.row] }
      let sure = others.map { $0.probabilities.max() ?? 0 }
      let mass = max(1e-9, sure.reduce(0, +))
      let matrix = part == .video ? views.video[0] : views.audio[0]
      let rows = known.map(\.row) + others.map(\.row)
      let targets =
        known.map { clip in (0..<classes).map { $0 == clip.label ? Float(1) : 0 } }
        + others.map { $0.probabilities.map(Float.init) }
      let share = Double(known.count) / mass
      let weights = [Double](repeating: 1, count: known.count) + sure.map { share * $0 }
      let fit = LogisticRegression(
        scale.standardisation(matrix.rows(rows)), targets: targets, strength: Self.strength,
        weights: weights)
      return scale.classifier(part, fit)
    }
  }
}
