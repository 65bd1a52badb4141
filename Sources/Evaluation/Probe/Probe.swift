import Synchronization
import TensorCore

/// How well a linear classifier and the nearest neighbours tell labelled clips apart by their features.
///
/// Repeated stratified k-fold cross-validation, groups kept together; C and k are chosen within each training part by
/// folds of its own. Features are standardised by the training part.
package struct Probe: Sendable {
  package let data: ProbeData
  package let settings: ProbeSettings
  /// The fold of each sample in each repeat.
  package let folds: [[Int]]
  package let foldCount: Int

  /// Draws the folds; they are the same for all features of the same samples.
  package init(_ data: ProbeData, _ settings: ProbeSettings) {
    self.data = data
    self.settings = settings
    let count = Folds.count(settings.folds, labels: data.labels, groups: data.groups)
    foldCount = count
    folds = (0..<settings.repeats).map { number in
      var random = CounterRandom(seed: settings.seed, purpose: .folds, epoch: number)
      return Folds.stratified(
        labels: data.labels, groups: data.groups, count: count, random: &random)
    }
  }

  /// Whether in the training part of some fold no class has two groups: C and k are then chosen by samples of one group.
  package var choosesWithinGroup: Bool {
    guard let groups = data.groups else { return false }
    return anyTraining { train in
      Folds.mostOfAClass(labels: train.map { data.labels[$0] }, groups: train.map { groups[$0] })
        < 2
    }
  }

  /// Whether the training part of some fold has one sample of each class, by which nothing can be chosen.
  package var choosesNothing: Bool {
    anyTraining { train in Folds.mostOfAClass(labels: train.map { data.labels[$0] }) < 2 }
  }

  private func anyTraining(_ holds: ([Int]) -> Bool) -> Bool {
    folds.contains { assigned in
      (0..<foldCount).contains { fold in holds(assigned.indices.filter { assigned[$0] != fold }) }
    }
  }

  /// What one classifier scored.
  package struct Scores: Sendable {
    /// Accuracy, and balanced accuracy, of each test fold, repeat by repeat.
    package var accuracies: [Double] = []
    package var balanced: [Double] = []
    /// What was chosen for each test fold.
    package var choices: [Double] = []
    /// The predicted class of each sample in each repeat.
    package var predictions: [[Int]]
  }

  package struct Result: Sendable {
    package var linear: Scores
    package var neighbours: Scores
    /// Linear classifiers whose search ended before their minimum.
    package var unfinished: Int
  }

  /// Judges the features [N, D] of the samples.
  package func run(_ features: Tensor, progress: @escaping @Sendable (Int, Int) -> Void) -> Result {
    precondition(
      features.shape[0] == data.labels.count,
      "\(features.shape.text) features of \(data.labels.count) samples")
    let jobs = settings.repeats * foldCount
    let outcomes = Mutex([Int: Outcome]())
    parallelFor(jobs) { job in
      let outcome = judge(features, repetition: job / foldCount, fold: job % foldCount)
      let done = outcomes.withLock { outcomes in
        outcomes[job] = outcome
        return outcomes.count
      }
      progress(done, jobs)
    }
    let all = outcomes.withLock { outcomes in (0..<jobs).compactMap { outcomes[$0] } }
    return Result(
      linear: scores(all.map { ($0.test, $0.linear, $0.strength) }),
      neighbours: scores(all.map { ($0.test, $0.nearest, Double($0.k)) }),
      unfinished: all.count { !$0.converged })
  }

  private struct Outcome: Sendable {
    var test: [Int]
    var linear: [Int]
    var nearest: [Int]
    var strength: Double
    var k: Int
    var converged: Bool
  }

  private func judge(_ features: Tensor, repetition: Int, fold: Int) -> Outcome {
    let assigned = folds[repetition]
    let train = assigned.indices.filter { assigned[$0] != fold }
    let test = assigned.indices.filter { assigned[$0] == fold }
    let (strength, k) = choose(features, train, repetition: repetition, fold: fold)
    let labels = train.map { data.labels[$0] }
    let raw = features.rows(train)
    let scale = Standardisation(raw)
    let (x, queries) = (scale(raw), scale(features.rows(test)))
    let linear = LogisticRegression(
      x, labels: labels, classes: data.classes.count, strength: strength)
    let nearest = NearestNeighbours(x, labels: labels, classes: data.classes.count)
    return Outcome(
      test: test, linear: linear.predict(queries), nearest: nearest.predict(queries, ks: [k])[0],
      strength: strength, k: k, converged: linear.converged)
  }

  /// C and k where there is nothing to choose them by.
  package static let unchosen = (strength: 1.0, k: 1)

  /// C and k by the folds of the training samples: the most right answers, the first of several.
  private func choose(
    _ features: Tensor, _ train: [Int], repetition: Int, fold: Int
  ) -> (strength: Double, k: Int) {
    let labels = train.map { data.labels[$0] }
    let names = data.groups.map { groups in train.map { groups[$0] } }
    // One group of each class cannot be folded; its samples can.
    let groups = names.flatMap { Folds.mostOfAClass(labels: labels, groups: $0) > 1 ? $0 : nil }
    guard Folds.mostOfAClass(labels: labels) > 1 else { return Self.unchosen }
    let count = Folds.count(settings.innerFolds, labels: labels, groups: groups)
    var random = CounterRandom(
      seed: settings.seed, purpose: .folds, epoch: repetition, step: fold + 1)
    let inner = Folds.stratified(labels: labels, groups: groups, count: count, random: &random)
    var linear = settings.strengths.map { _ in 0 }
    var nearest = settings.neighbours.map { _ in 0 }
    for part in 0..<count {
      let kept = train.indices.filter { inner[$0] != part }
      let left = train.indices.filter { inner[$0] == part }
      guard !kept.isEmpty, !left.isEmpty else { continue }
      let raw = features.rows(kept.map { train[$0] })
      let scale = Standardisation(raw)
      let (x, queries) = (scale(raw), scale(features.rows(left.map { train[$0] })))
      let truth = left.map { labels[$0] }
      func right(_ predicted: [Int]) -> Int { zip(predicted, truth).filter { $0 == $1 }.count }
      var fit: LogisticRegression?
      for (place, strength) in settings.strengths.enumerated() {
        let next = LogisticRegression(
          x, labels: kept.map { labels[$0] }, classes: data.classes.count, strength: strength,
          start: fit, search: Self.quick)
        linear[place] += right(next.predict(queries))
        fit = next
      }
      let votes = NearestNeighbours(
        x, labels: kept.map { labels[$0] }, classes: data.classes.count
      ).predict(queries, ks: settings.neighbours)
      for place in votes.indices { nearest[place] += right(votes[place]) }
    }
    return (
      settings.strengths[Self.first(linear)], settings.neighbours[Self.first(nearest)]
    )
  }

  /// For choosing alone, where predictions matter and coefficients do not.
  private static let quick: LBFGS = {
    var search = LBFGS()
    search.iterations = 200
    search.tolerance = 1e-5
    return search
  }()

  private static func first(_ counts: [Int]) -> Int {
    counts.indices.reduce(0) { counts[$1] > counts[$0] ? $1 : $0 }
  }

  private func scores(_ parts: [(test: [Int], predicted: [Int], choice: Double)]) -> Scores {
    var scores = Scores(
      predictions: folds.map { $0.map { _ in 0 } })
    for (job, part) in parts.enumerated() {
      var matrix = ConfusionMatrix(classes: data.classes)
      for (sample, predicted) in zip(part.test, part.predicted) {
        scores.predictions[job / foldCount][sample] = predicted
        matrix.add(truth: data.labels[sample], predicted: predicted)
      }
      // A fold can be empty where groups are few and large.
      guard !part.test.isEmpty else { continue }
      scores.accuracies.append(matrix.accuracy)
      scores.balanced.append(matrix.balancedAccuracy)
      scores.choices.append(part.choice)
    }
    return scores
  }

  /// All predictions of all repeats.
  package func confusion(_ scores: Scores) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classes: data.classes)
    for predictions in scores.predictions {
      for (truth, predicted) in zip(data.labels, predictions) {
        matrix.add(truth: truth, predicted: predicted)
      }
    }
    return matrix
  }
}
