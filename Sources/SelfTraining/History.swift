import Foundation
import TensorCore

/// The rounds so far, how they score, and which one is kept.
struct History {
  let labels: [LabelledClip]
  let folds: LabelFolds
  let test: [LabelledClip]
  private(set) var record: SelfTrainingRecord
  /// The whole procedure's state of each round.
  private(set) var states: [RoundState] = []
  /// Of each round, what is said of each labelled clip without its label.
  private(set) var outOfFold: [Probabilities] = []

  init(
    labels: [LabelledClip], folds: LabelFolds, test: [LabelledClip],
    settings: SelfTrainingSettings
  ) {
    (self.labels, self.folds, self.test) = (labels, folds, test)
    record = SelfTrainingRecord(method: settings.method.rawValue)
  }

  /// Takes up a round of the whole procedure, which comes first, and of one a fold.
  mutating func add(_ procedures: [Procedure]) {
    let (whole, state) = (procedures[0].problem, procedures[0].state)
    var held = [[Double]](repeating: [], count: labels.count)
    for fold in 0..<folds.count {
      for clip in folds.held(fold) {
        held[clip] = procedures[fold + 1].state.predictions[labels[clip].row]
      }
    }
    let name = states.isEmpty ? "labels only" : "round \(states.count)"
    var round = SelfTrainingRecord.Round(name: name, outOfFold: Self.score(held, labels))
    if !test.isEmpty {
      round.test = Self.score(test.map { state.predictions[$0.row] }, test)
    }
    round.unlabelled = whole.unlabelled.count
    round.classEntropy = state.classEntropy(whole)
    if !states.isEmpty {
      round.taken = (0..<whole.classes).map { place in
        state.taken.count { Distribution.top($0.target) == place }
      }
      round.thresholds = state.thresholds
      let truth = Dictionary(uniqueKeysWithValues: test.map { ($0.row, $0.label) })
      let told = state.taken.filter { truth[$0.row] != nil }
      if !told.isEmpty {
        round.pseudoPrecision = SelfTrainingRecord.Score(
          correct: told.count { truth[$0.row] == Distribution.top($0.target) }, count: told.count)
      }
    }
    record.rounds.append(round)
    states.append(state)
    outOfFold.append(held)
  }

  private static func score(
    _ said: Probabilities, _ clips: [LabelledClip]
  ) -> SelfTrainingRecord.Score {
    SelfTrainingRecord.Score(
      correct: zip(said, clips).count { Distribution.top($0.0) == $0.1.label },
      count: clips.count)
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
