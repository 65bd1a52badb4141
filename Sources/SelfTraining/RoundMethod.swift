/// The heads of one round and what they were made of.
struct RoundState: Sendable {
  var ensemble: Ensemble
  /// What each member says of each clip; nil where it says nothing.
  var votes: [[[Double]?]]
  /// What they say together of every clip.
  var predictions: Probabilities
  /// What the round learnt from besides the labels.
  var taken: [PseudoLabel] = []

  init(_ ensemble: Ensemble, _ problem: Problem) {
    self.ensemble = ensemble
    votes = ensemble.members.map { $0.predict(problem.features) }
    predictions = ensemble.combine(votes)
  }

  /// The heads of a round: calibrated as the labels alone are, and with classes as frequent among the unlabelled as they
  /// are taken to be.
  init(_ members: [Member], _ baseline: LabelsOnly, _ problem: Problem) {
    self.init(
      Ensemble(
        classes: problem.classes, members: members,
        temperature: baseline.ensemble.temperature), problem)
    guard let alignment = problem.alignment, !problem.unlabelled.isEmpty else { return }
    ensemble.bias = alignment.bias(problem.unlabelled.map { predictions[$0] })
    predictions = ensemble.combine(votes)
  }

  /// How evenly the predictions over unlabelled clips spread over the classes (0 ... 1).
  func classEntropy(_ problem: Problem) -> Double {
    Distribution.entropy(
      Distribution.mean(problem.unlabelled.map { predictions[$0] }, classes: problem.classes))
  }
}

/// One way of making use of unlabelled clips. It may keep what it likes from round to round; every draw is a function
/// of the seed, the round and its use.
protocol RoundMethod: Sendable {
  /// The heads of round `number`, counted from 1, given those of the round before it.
  mutating func round(_ number: Int, teacher: RoundState) -> RoundState
}

extension SelfTrainingMethod {
  func make(_ problem: Problem, _ baseline: LabelsOnly) -> any RoundMethod {
    switch self {
    case .noisyStudent: NoisyStudent(problem: problem, baseline: baseline)
    case .pseudo: Pseudo(problem: problem, baseline: baseline)
    case .fixmatch: FixMatch(problem: problem, baseline: baseline)
    case .meanTeacher: MeanTeacher(problem: problem, baseline: baseline)
    }
  }
}
