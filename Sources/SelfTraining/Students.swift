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

  /// - Parameters:
  ///   - taken: unlabelled clips with what is said of them.
  ///   - weight: of all of those together, labelled clips together having 1.
  func fit(_ taken: [PseudoLabel], weight: Double, round: Int) -> Ensemble {
    var members: [Member] = []
    for (recipe, old) in zip(baseline.recipes, baseline.ensemble.members) {
      guard let part = problem.features[old.part] else { continue }
      let labelled = problem.labelled.filter { part.present[$0.row] }
      let others = taken.filter { part.present[$0.row] }
      let use = 1 + (HeadRecipe.kinds.firstIndex { $0.contains(recipe) } ?? 0)
      let random = problem.random(round: round, part: old.part, use)
      members.append(
        student(recipe, old, part, labelled, others, weight, random))
    }
    return Ensemble(classes: problem.classes, members: members)
  }

  private func student(
    _ recipe: HeadRecipe, _ old: Member, _ part: PartFeatures, _ labelled: [LabelledClip],
    _ taken: [PseudoLabel], _ weight: Double, _ random: CounterRandom
  ) -> Member {
    switch recipe {
    case .neighbours(let k):
      let head = NeighbourHead(
        k: k, features: part.views[0].rows(labelled.map(\.row) + taken.map(\.row)),
        labels: labelled.map(\.label) + taken.map { Distribution.top($0.target) },
        classes: problem.classes)
      return Member(part: old.part, head: .neighbours(head), temperature: old.temperature)
    case .linear(let strength):
      let head = linear(part, labelled, taken, weight, strength, random)
      return Member(part: old.part, head: .linear(head), temperature: 1)
    case .perceptron(let decay):
      var plan = PerceptronPlan(decay: decay)
      plan.noise = noise
      let head = plan.fit(
        part, labelled: labelled, taken: taken, unlabelledWeight: weight, problem: problem,
        random: random)
      return Member(part: old.part, head: .perceptron(head), temperature: 1)
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
      videoWidth: problem.videoWidth, random: &random)
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
