import Evaluation
import TensorCore

/// What labels alone give: the ensemble that every round must be better than, and the first teacher.
struct LabelsOnly: Sendable {
  let choices: [HeadChoice]
  let ensemble: Ensemble
  /// What the members say together of labelled clips that they did not see, calibrated.
  let outOfFold: Probabilities

  static let usualFolds = 5
  static let mostFolds = 40
  /// A mean of calibrated predictions is about half as sure as it may be: what is expected of its temperature.
  static let expectedTemperature = 0.5

  init(_ problem: Problem) {
    var random = CounterRandom(seed: problem.settings.seed, purpose: .folds)
    let folds = LabelFolds(
      problem.labelled, classes: problem.classes, usual: Self.usualFolds, most: Self.mostFolds,
      random: &random)
    choices = problem.parts.flatMap { part in
      HeadRecipe.kinds.compactMap { HeadChoice($0, part, problem, folds) }
    }
    var ensemble = Ensemble(classes: problem.classes, members: choices.map(\.member))
    let votes = choices.map(\.outOfFold)
    let judged = problem.labelled.indices.filter { clip in votes.contains { $0[clip] != nil } }
    func said() -> Probabilities {
      ensemble.combine(votes.map { vote in judged.map { vote[$0] } })
    }
    ensemble.temperature = Temperature.fitted(
      said().map(Distribution.logits), labels: judged.map { problem.labelled[$0].label },
      expected: Self.expectedTemperature)
    outOfFold = said()
    self.ensemble = ensemble
  }

  /// The mean of the largest probability out of fold.
  var confidence: Double {
    guard !outOfFold.isEmpty else { return 0 }
    return outOfFold.reduce(0) { $0 + ($1.max() ?? 0) } / Double(outOfFold.count)
  }
}
