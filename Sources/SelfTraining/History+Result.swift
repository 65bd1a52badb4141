import Foundation

extension History {
  /// Out of fold, the loss of each labelled clip when a round's predictions are calibrated as a whole.
  private func losses(_ round: Int) -> [Double] {
    let logits = outOfFold[round].map(Distribution.logits)
    let truth = labels.map(\.label)
    let temperature = Temperature.fitted(logits, labels: truth)
    return zip(logits, truth).map {
      Temperature.loss([$0], labels: [$1], temperature: temperature)
    }
  }

  /// The round that is kept: of those with no fewer labelled clips right than the labels alone, the one under which these
  /// are most probable.
  var chosenRound: Int {
    let least = record.rounds.first?.outOfFold.correct ?? 0
    let sums = states.indices.map { losses($0).reduce(0, +) }
    return states.indices.reduce(0) { best, round in
      record.rounds[round].outOfFold.correct >= least && sums[round] < sums[best] - 1e-9
        && !hasCollapsed(round) ? round : best
    }
  }

  func result(classes: [String], space: FeatureSpace, features: [Part: PartFeatures])
    -> SelfTrainingResult
  {
    var record = record
    record.chosen = chosenRound
    record.verdict = verdict(record.chosen)
    var ensemble = states[record.chosen].ensemble
    let held = outOfFold[record.chosen]
    let truth = labels.map(\.label)
    // The last word on calibration have the clips that no fit of this round saw.
    let extra = Temperature.fitted(held.map(Distribution.logits), labels: truth)
    ensemble.temperature *= extra
    let classifier = TrainedClassifier(
      classes: classes, space: space, ensemble: ensemble,
      strangeness: Strangeness(features, labels))
    let leftOut = Strangeness.leftOut(features, labels)
    let outOfFold = zip(held, leftOut).map { probabilities, distance in
      ClipPrediction(
        probabilities: Distribution.softmax(
          Distribution.logits(probabilities), temperature: extra),
        strangeness: classifier.strangeness.share(distance),
        isOutOfSet: distance > classifier.strangeness.limit)
    }
    let known = Set((labels + test).map(\.row))
    return SelfTrainingResult(
      classifier: classifier, record: record, predictions: classifier.predict(features),
      outOfFold: outOfFold, votes: states.flatMap(\.votes), features: features,
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
    let best = rounds.indices.dropFirst().reduce(1) {
      rounds[$1].outOfFold.correct > rounds[$0].outOfFold.correct ? $1 : $0
    }
    let shown = chosen > 0 ? chosen : best
    let clips = "\(first.outOfFold.count) labelled clips judged out of fold"
    let scores =
      "of \(clips) \(rounds[shown].name) has \(rounds[shown].outOfFold.correct) right, "
      + "the labels alone \(first.outOfFold.correct)"
    let text: String
    if chosen == 0 {
      text = "Self-training did not help: \(scores); the heads of the labels alone are kept."
    } else {
      let verdict = Verdict(baseline: right(0), round: right(chosen))
      let name = rounds[chosen].name
      let kept = name.prefix(1).uppercased() + name.dropFirst() + " is kept: \(scores)"
      text =
        verdict.isClear
        ? "\(kept), which is more than chance gives (p = \(Self.short(verdict.chance)))."
        : "\(kept); so few labels do not show whether self-training helped."
    }
    return [text, ending].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether each labelled clip is told right out of fold.
  private func right(_ round: Int) -> [Bool] {
    zip(outOfFold[round], labels).map { Distribution.top($0) == $1.label }
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
