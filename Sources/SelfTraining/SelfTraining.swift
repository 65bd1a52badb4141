import Synchronization
import TensorCore

/// Self-training on embeddings: a classifier from a handful of labels and many clips without.
///
/// The labels alone give a first ensemble. In each round it, or the last round's, labels the rest, and new heads learn from
/// some of that. Whether a round is better is told by the labelled clips alone, each judged by a repetition of
/// everything up to that round in which its label (and those of its fold) was hidden; rounds that are not better
/// are not kept.
package struct SelfTraining: Sendable {
  package let settings: SelfTrainingSettings

  /// About as many repetitions with hidden labels.
  static let repetitions = 10
  /// Predictions whose spread over the classes falls below this share of the teacher's have collapsed.
  static let leastEntropy = 0.7

  package init(_ settings: SelfTrainingSettings = SelfTrainingSettings()) {
    self.settings = settings
  }

  /// Trains on `labels`; nil when `shouldStop` said so. It is quick enough to be done again as a whole.
  ///
  /// All rows without a label count as unlabelled, those of `test` too, whose labels are only used for the record's
  /// scores. Every class needs two labelled clips with a part; rows stand once.
  ///
  /// - Parameters:
  ///   - progress: called from any thread with the pieces of work that are done, and of how many.
  package func run(
    _ views: ViewSet, labels: [LabelledClip], classes: [String], test: [LabelledClip] = [],
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> SelfTrainingResult? {
    check(views, labels, classes, test)
    let space = FeatureSpace(views)
    let features = space(views)
    func problem(_ visible: [LabelledClip]) -> Problem {
      Problem(
        features: features, classes: classes.count,
        labelled: visible,
        settings: settings)
    }
    let folds = Self.folds(labels, classes: classes.count, seed: settings.seed)
    let problems =
      [problem(labels)] + folds.map { fold in problem(fold.train.map { labels[$0] }) }
    let work = Work(total: problems.count * (settings.rounds + 1), progress, shouldStop)
    guard var procedures = work.map(problems, { Procedure($0) }) else { return nil }
    var history = History(
      labels: labels, folds: folds, classes: classes.count, test: test, settings: settings)
    history.add(procedures)
    // Where every clip has a label there is nothing more to learn from.
    let rounds = problems[0].unlabelled.isEmpty ? 0 : settings.rounds
    for _ in 0..<rounds where history.mayGoOn {
      guard
        let next = work.map(
          procedures,
          { procedure in
            var next = procedure
            next.advance()
            return next
          })
      else { return nil }
      procedures = next
      history.add(procedures)
    }
    work.end()
    return history.result(
      classes: classes, views: views, space: space, features: features)
  }

  /// What each repetition sees and judges: each clip is judged by as many as any other. Where labels are few, they are
  /// drawn several times, so that the scores depend less on the draw.
  private static func folds(
    _ labels: [LabelledClip], classes: Int, seed: UInt64
  ) -> [LabelFolds.Fold] {
    let counts = (0..<classes).map { place in labels.count { $0.label == place } }
    let isFew = (counts.min() ?? 0) < LabelFolds.few
    var result: [LabelFolds.Fold] = []
    var draw = 0
    while result.isEmpty || (result.count < repetitions && isFew) {
      draw += 1
      var random = CounterRandom(seed: seed, purpose: .folds, step: draw)
      result +=
        LabelFolds(
          hidingOneOfEach: labels, classes: classes, most: repetitions, random: &random
        ).folds
    }
    return result
  }

  private func check(
    _ views: ViewSet, _ labels: [LabelledClip], _ classes: [String], _ test: [LabelledClip]
  ) {
    let rows = (labels + test).map(\.row)
    precondition(classes.count > 1, "self-training of \(classes.count) classes")
    precondition(
      rows.allSatisfy { (0..<views.clips).contains($0) } && Set(rows).count == rows.count,
      "labelled rows outside of 0..<\(views.clips), or twice")
    precondition(
      (labels + test).allSatisfy { classes.indices.contains($0.label) },
      "labels outside of 0..<\(classes.count)")
    for place in classes.indices {
      let members = labels.filter {
        $0.label == place && (views.hasVideo[$0.row] || views.hasAudio[$0.row])
      }
      precondition(members.count > 1, "\(classes[place]) has \(members.count) labelled clips")
    }
  }
}

/// Pieces of work spread over the threads, counted.
private final class Work: Sendable {
  private let total: Int
  private let progress: @Sendable (Int, Int) -> Void
  private let shouldStop: @Sendable () -> Bool
  private let done = Mutex(0)

  init(
    total: Int, _ progress: @escaping @Sendable (Int, Int) -> Void,
    _ shouldStop: @escaping @Sendable () -> Bool
  ) {
    (self.total, self.progress, self.shouldStop) = (total, progress, shouldStop)
  }

  /// `body` of each item in order; nil when it was to stop.
  func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ body: @Sendable (Item) -> Value
  ) -> [Value]? {
    let results = Mutex([Int: Value]())
    parallelFor(items.count) { index in
      guard !shouldStop() else { return }
      let value = body(items[index])
      results.withLock { $0[index] = value }
      let count = done.withLock { done in
        done += 1
        return done
      }
      progress(count, total)
    }
    let all = results.withLock { results in items.indices.compactMap { results[$0] } }
    return all.count == items.count ? all : nil
  }

  /// Rounds that were not made are done too.
  func end() { progress(total, total) }
}
