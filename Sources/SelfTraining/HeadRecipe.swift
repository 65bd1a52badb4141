import Evaluation
import TensorCore

/// A kind of head with the number that decides how far it may bend to its examples.
enum HeadRecipe: Sendable, Equatable {
  /// Neighbours a class.
  case neighbours(Int)
  /// C of logistic regression.
  case linear(Double)
  /// Weight decay.
  case perceptron(Double)

  /// What is chosen from, a list a kind.
  static let kinds: [[HeadRecipe]] = [
    [1, 3, 1000].map(HeadRecipe.neighbours),
    [1, 10, 100, 1000].map(HeadRecipe.linear),
    [0.3, 3].map(HeadRecipe.perceptron),
  ]

  /// For rows of unit length and targets of few clips predictions matter and coefficients do not.
  static let search: LBFGS = {
    var search = LBFGS()
    search.iterations = 100
    search.tolerance = 1e-4
    return search
  }()

  /// Fits a head to labelled clips alone.
  func fit(
    _ part: PartFeatures, _ clips: [LabelledClip], _ problem: Problem, _ random: CounterRandom
  ) -> AnyHead {
    let rows = clips.map(\.row)
    switch self {
    case .neighbours(let k):
      return .neighbours(
        NeighbourHead(
          k: k, features: part.views[0].rows(rows), labels: clips.map(\.label),
          classes: problem.classes))
    case .linear(let strength):
      let fit = LogisticRegression(
        part.views[0].rows(rows), labels: clips.map(\.label), classes: problem.classes,
        strength: strength, search: Self.search)
      return .linear(LinearHead(fit))
    case .perceptron(let decay):
      var plan = PerceptronPlan(decay: decay)
      plan.noise = .strong
      return .perceptron(
        plan.fit(
          part, labelled: clips, taken: [], unlabelledWeight: 0, problem: problem, random: random))
    }
  }
}
