import CKernels
import TensorCore

/// A perceptron a part that goes on learning from round to round, and the running mean of its values, which is what
/// judges (Tarvainen, Valpola, NeurIPS 2017).
struct OnlineStudents: Sendable {
  struct Pupil: Sendable {
    let part: Part
    var trainer: PerceptronTrainer
    var mean: Perceptron
  }

  let problem: Problem
  let baseline: LabelsOnly
  private(set) var pupils: [Pupil]

  /// Steps a round, and the share of the new values in the running mean.
  static let steps = 150
  static let meanShare: Float = 0.02
  static let rate = 0.003
  static let (labelledBatch, unlabelledBatch) = (64, 128)

  init(_ problem: Problem, _ baseline: LabelsOnly) {
    (self.problem, self.baseline) = (problem, baseline)
    // They begin where the labels alone have led.
    pupils = baseline.choices.compactMap { choice in
      guard case .perceptron(let decay) = choice.recipe,
        case .perceptron(let head) = choice.member.head
      else { return nil }
      return Pupil(
        part: choice.member.part, trainer: PerceptronTrainer(head, decay: decay), mean: head)
    }
  }

  /// Trains all through one round.
  ///
  /// - Parameters:
  ///   - targets: given the running mean, rows of unlabelled clips and a stream of random numbers, what they are to be
  ///     taught and with which weight (0 for nothing).
  mutating func train(
    round: Int, noise: StudentNoise, weight: Double,
    consistency: PerceptronTrainer.Consistency,
    targets: (Pupil, PartFeatures, [Int], inout CounterRandom) -> [PseudoLabel]
  ) {
    for index in pupils.indices {
      guard let part = problem.features[pupils[index].part] else { continue }
      let labelled = problem.labelled.filter { part.present[$0.row] }
      let others = problem.unlabelled.filter { part.present[$0] }
      var random = problem.random(round: round, part: pupils[index].part, 9)
      for _ in 0..<Self.steps {
        let own = PerceptronPlan.drawn(Self.labelledBatch, of: labelled.count, &random)
        let drawn = PerceptronPlan.drawn(Self.unlabelledBatch, of: others.count, &random)
        let taught = targets(pupils[index], part, drawn.map { others[$0] }, &random)
        let batch = NoisyBatch(
          part, rows: own.map { labelled[$0].row } + taught.map(\.row),
          targets: own.map { problem.certain(labelled[$0].label) } + taught.map(\.target),
          weights: own.map { _ in 1 / Double(own.count) }
            + taught.map { weight * $0.weight / Double(max(1, taught.count)) },
          noise: noise, random: &random)
        pupils[index].trainer.step(
          batch, labelled: own.count, consistency: consistency, rate: Self.rate)
        pupils[index].follow()
      }
    }
  }

  /// The running means in the place of the perceptrons of the labels alone, beside the other heads.
  var members: [Member] {
    var members = baseline.ensemble.members
    for pupil in pupils {
      for place in members.indices where members[place].part == pupil.part {
        if case .perceptron = members[place].head { members[place].head = .perceptron(pupil.mean) }
      }
    }
    return members
  }
}

extension OnlineStudents.Pupil {
  fileprivate mutating func follow() {
    let values = trainer.perceptron.values
    mean.values.withUnsafeMutableBufferPointer { mean in
      guard let mean = mean.baseAddress else { return }
      pk_lerp(values.count, OnlineStudents.meanShare, values, mean)
    }
  }

  /// What the running mean says of clips in a view drawn at random, hardly spoilt.
  func weak(
    _ part: PartFeatures, _ rows: [Int], _ problem: Problem, _ random: inout CounterRandom
  ) -> Probabilities {
    let even = rows.map { _ in Distribution.uniform(problem.classes) }
    let batch = NoisyBatch(
      part, rows: rows, targets: even, weights: rows.map { _ in 1 }, noise: .weak,
      random: &random)
    return mean.logits(batch.features).map { Distribution.softmax($0) }
  }
}
