import Foundation
import TensorCore

/// What is said of a labelled clip by a fit that did not see its label.
struct Judgement: Sendable {
  var clip: Int
  var label: Int
  var probabilities: [Double]

  var isRight: Bool { Distribution.isRight(probabilities, label) }
}

/// The rounds so far, how they score, and which one is kept.
struct History {
  let labels: [LabelledClip]
  /// What each repetition sees and judges.
  let folds: [LabelFolds.Fold]
  /// From the labels that repetitions see to all.
  let curve: LearningCurve
  let test: [LabelledClip]
  private(set) var record: SelfTrainingRecord
  /// The whole procedure's state of each round.
  private(set) var states: [RoundState] = []
  /// Of each round, what is said of labelled clips without their labels.
  private(set) var outOfFold: [[Judgement]] = []

  init(
    labels: [LabelledClip], folds: [LabelFolds.Fold], classes: Int, test: [LabelledClip],
    settings: SelfTrainingSettings
  ) {
    (self.labels, self.folds, self.test) = (labels, folds, test)
    curve = LearningCurve(labels: labels.count, classes: classes, folds: folds)
    record = SelfTrainingRecord(method: settings.method.rawValue)
  }

  /// Takes up a round of the whole procedure, which comes first, and of one a fold.
  mutating func add(_ procedures: [Procedure]) {
    let (whole, state) = (procedures[0].problem, procedures[0].state)
    let held = zip(folds, procedures.dropFirst()).flatMap { fold, procedure in
      fold.held.map { clip in
        Judgement(
          clip: clip, label: labels[clip].label,
          probabilities: procedure.state.predictions[labels[clip].row])
      }
    }
    let name = states.isEmpty ? "labels only" : "round \(states.count)"
    var round = SelfTrainingRecord.Round(name: name, outOfFold: score(held))
    round.expected = SelfTrainingRecord.Expected(round.outOfFold, curve)
    if !test.isEmpty {
      round.test = SelfTrainingRecord.Score(test.map { state.predictions[$0.row] }, test)
    }
    round.unlabelled = whole.unlabelled.count
    round.classEntropy = state.classEntropy(whole)
    if !states.isEmpty {
      let sureness = (0..<whole.classes).map { place in
        state.taken.filter { Distribution.top($0.target) == place }.map { $0.target[place] }
      }
      round.taken = sureness.map(\.count)
      round.leastConfidence = sureness.map { $0.min() }
      let truth = Dictionary(uniqueKeysWithValues: test.map { ($0.row, $0) })
      let told = state.taken.filter { truth[$0.row] != nil }
      if !told.isEmpty {
        round.pseudoPrecision = SelfTrainingRecord.Score(
          told.map(\.target), told.compactMap { truth[$0.row] })
      }
    }
    record.rounds.append(round)
    states.append(state)
    outOfFold.append(held)
  }

  /// How many of the repetitions that judge it tell each labelled clip right.
  func rights(_ held: [Judgement]) -> [Int] {
    var rights = labels.map { _ in 0 }
    for judgement in held where judgement.isRight { rights[judgement.clip] += 1 }
    return rights
  }

  /// The labelled clips that are told right, the mean over the repetitions that judge them.
  private func score(_ held: [Judgement]) -> SelfTrainingRecord.Score {
    let share = Double(held.count { $0.isRight }) / Double(max(1, held.count))
    let judged = held.reduce(into: labels.map { _ in 0 }) { $0[$1.clip] += 1 }
    let shares = zip(rights(held), judged).map { Double($0) / Double(max(1, $1)) }
    return SelfTrainingRecord.Score(
      correct: Int((share * Double(labels.count)).rounded()), count: labels.count,
      apart: Accuracy.effectiveCount(right: shares, groups: labels.map(\.group)))
  }

  /// Whether another round may be better: not where the last one fell by more than a standard error below the best, or
  /// where the classes ran together.
  var mayGoOn: Bool {
    !hasFallen && !hasCollapsed(states.count - 1)
  }

  var hasFallen: Bool {
    guard let last = record.rounds.last else { return false }
    let best = record.rounds.map(\.outOfFold.accuracy).max() ?? 0
    let count = Double(max(1, last.outOfFold.count))
    return last.outOfFold.accuracy < best - (best * (1 - best) / count).squareRoot()
  }

  func hasCollapsed(_ round: Int) -> Bool {
    let (first, last) = (record.rounds[0], record.rounds[round])
    return last.classEntropy < SelfTraining.leastEntropy * first.classEntropy
  }
}
