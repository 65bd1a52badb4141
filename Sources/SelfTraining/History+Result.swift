import Foundation

extension History {
  /// The round that is kept: the last of those under which no fewer labelled clips are told right than under the labels
  /// alone.
  var chosenRound: Int {
    let right = outOfFold.map { $0.count { $0.isRight } }
    return states.indices.last { right[$0] >= right[0] && !hasCollapsed($0) } ?? 0
  }

  func result(
    classes: [String], views: ViewSet, space: FeatureSpace, features: [Part: PartFeatures]
  ) -> SelfTrainingResult {
    var record = record
    record.chosen = chosenRound
    record.verdict = verdict(record.chosen)
    var ensemble = states[record.chosen].ensemble
    let held = outOfFold[record.chosen]
    // The last word on calibration have the clips that no fit of this round saw, each of which counts once.
    let extra = Temperature.fitted(
      held.map { Distribution.logits($0.probabilities) }, labels: held.map(\.label),
      weight: Double(labels.count) / Double(max(1, held.count)))
    ensemble.temperature *= extra
    ensemble.bias = ensemble.bias.map { $0 / extra }
    let classifier = TrainedClassifier(
      classes: classes, space: space, ensemble: ensemble,
      strangeness: Strangeness(views, labels, parts: space.parts))
    let leftOut = classifier.strangeness.leftOut(labels)
    let judged = held.map { judgement in
      let distance = leftOut[judgement.clip]
      return (
        clip: judgement.clip,
        prediction: ClipPrediction(
          probabilities: Distribution.softmax(
            Distribution.logits(judgement.probabilities), temperature: extra),
          strangeness: classifier.strangeness.share(distance),
          isOutOfSet: distance > classifier.strangeness.limit)
      )
    }
    let known = Set((labels + test).map(\.row))
    return SelfTrainingResult(
      classifier: classifier, record: record, predictions: classifier.predict(views),
      distances: classifier.strangeness.relativeDistances(views), outOfFold: judged,
      votes: states.flatMap(\.votes), features: features,
      labelled: labels.map(\.row),
      candidates: states[0].predictions.indices.filter { row in
        !known.contains(row) && features.values.contains { $0.present[row] }
      })
  }

  /// In words: what is kept, what the labelled clips say about it, and why there were no more rounds.
  private func verdict(_ chosen: Int) -> String {
    let rounds = record.rounds
    guard let first = rounds.first, rounds.count > 1 else {
      return "No round was made: the heads of the labels alone are kept."
    }
    let right = outOfFold.map(rights)
    let sums = right.map { $0.reduce(0, +) }
    let best = sums.indices.dropFirst().reduce(1) { sums[$1] > sums[$0] ? $1 : $0 }
    let shown = chosen > 0 ? chosen : best
    let clips = "\(first.outOfFold.count) labelled clips judged out of fold"
    let scores =
      "of \(clips) \(rounds[shown].name) has \(rounds[shown].outOfFold.correct) right, "
      + "the labels alone \(first.outOfFold.correct)"
    let text: String
    if chosen == 0 {
      text = "Self-training did not help: \(scores); the heads of the labels alone are kept."
    } else {
      let verdict = Verdict(
        baseline: right[0], round: right[chosen], groups: labels.map(\.group))
      let name = rounds[chosen].name
      let kept = name.prefix(1).uppercased() + name.dropFirst() + " is kept: \(scores)"
      text =
        verdict.isClear
        ? "\(kept), which is more than chance gives (p = \(Self.short(verdict.chance)))."
        : "\(kept); so few labels do not show whether self-training helped."
    }
    return [text, ending].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var ending: String {
    let last = states.count - 1
    let name = record.rounds[last].name
    if hasCollapsed(last) { return "No more rounds after \(name): the classes run together." }
    if hasFallen {
      return "No more rounds after \(name): its accuracy fell by more than a standard error."
    }
    return ""
  }

  private static func short(_ value: Double) -> String { String(format: "%.3f", value) }
}
