import Evaluation
import TensorCore

/// Fresh heads of all kinds that learn from the labels and from what a teacher said.
struct Students: Sendable {
  let problem: Problem
  let baseline: LabelsOnly
  /// How the features that they see are spoilt.
  var noise: StudentNoise

  /// Times that a linear student sees each clip, every time spoilt anew.
  static let copies = 4

  /// The heads of labels alone and, beside them, fresh ones of each kind that can learn from soft labels. Neighbours cannot:
  /// those that are taken lie near the labelled ones already.
  ///
  /// - Parameters:
  ///   - taken: unlabelled clips with what is said of them.
  ///   - weight: of all of those together, labelled clips together having 1.
  func members(_ taken: [PseudoLabel], weight: Double, round: Int) -> [Member] {
    baseline.ensemble.members
      + baseline.choices.compactMap { choice in
        let part = choice.member.part
        guard let features = problem.features[part] else { return nil }
        let labelled = problem.labelled.filter { features.present[$0.row] }
        let others = taken.filter { features.present[$0.row] }
        switch choice.recipe {
        case .neighbours: return nil
        case .linear(let strength):
          let head = linear(
            features, labelled, others, weight, strength,
            problem.random(round: round, part: part, 1))
          return Member(part: part, head: .linear(head), temperature: 1)
        case .perceptron(let decay):
          var plan = PerceptronPlan(decay: decay)
          plan.noise = noise
          let head = plan.fit(
            features, labelled: labelled, taken: others, unlabelledWeight: weight,
            problem: problem, random: problem.random(round: round, part: part, 2))
          return Member(part: part, head: .perceptron(head), temperature: 1)
        }
      }
  }

  private func linear(
    _ part: PartFeatures, _ labelled: [LabelledClip], _ taken: [PseudoLabel], _ weight: Double,
    _ strength: Double, _ random: CounterRandom
  ) -> LinearHead {
    var random = random
    let rows = labelled.map(\.row) + taken.map(\.row)
    let targets = labelled.map { problem.certain($0.label) } + taken.map(\.target)
    let mass = max(1e-9, taken.reduce(0) { $0 + $1.weight })
    let own = 1 / Double(Self.copies)
    let weights =
      labelled.map { _ in own }
      + taken.map { weight * Double(labelled.count) * $0.weight / mass * own }
    let batch = NoisyBatch(
      part, rows: (0..<Self.copies).flatMap { _ in rows },
      targets: (0..<Self.copies).flatMap { _ in targets },
      weights: (0..<Self.copies).flatMap { _ in weights }, noise: noise,
      random: &random)
    let classes = problem.classes
    let fit = LogisticRegression(
      batch.features,
      targets: batch.weights.indices.map {
        Array(batch.targets[$0 * classes..<($0 + 1) * classes])
      },
      strength: strength, weights: batch.weights.map(Double.init), search: HeadRecipe.search)
    return LinearHead(fit)
  }
}
