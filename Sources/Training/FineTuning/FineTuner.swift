/// The loop of a fine-tuning.
package enum FineTuner {
  /// What a fine-tuning went through.
  package struct Outcome: Sendable, Equatable {
    package var steps = 0
    /// Steps that changed nothing, since a loss or a gradient was not finite.
    package var skipped = 0
    /// The mean loss of the first and of the last tenth of the steps.
    package var firstLoss = 0.0
    package var lastLoss = 0.0

    package init(steps: Int = 0) { self.steps = steps }
  }

  /// Trains `model` for `steps` steps; nil when `shouldStop` said so before the end.
  ///
  /// - Parameter batch: makes the batch of a step, from 0 on.
  package static func run(
    _ model: FineTuningModel, steps: Int, batch: (Int) throws -> TuningBatch,
    progress: (Int) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> Outcome? {
    var outcome = Outcome(steps: steps)
    var losses: [Double] = []
    for step in 0..<steps {
      if shouldStop() { return nil }
      let result = model.step(step, try batch(step))
      if result.skipReason != nil { outcome.skipped += 1 }
      if let loss = result.loss, loss.isFinite { losses.append(loss) }
      progress(step + 1)
    }
    let share = max(1, losses.count / 10)
    func mean(_ values: ArraySlice<Double>) -> Double {
      values.reduce(0, +) / Double(max(1, values.count))
    }
    outcome.firstLoss = mean(losses.prefix(share))
    outcome.lastLoss = mean(losses.suffix(share))
    return outcome
  }
}
