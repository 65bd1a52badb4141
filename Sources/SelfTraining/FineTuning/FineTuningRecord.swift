import Foundation
import Settings
import Training

/// What a fine-tuning did and whether it is kept.
package struct FineTuningRecord: Sendable, Equatable {
  /// Steps of each of the tunings.
  package var steps: Int
  /// Tunings with some labelled clips hidden, on which the decision rests.
  package var folds: Int
  /// What each tuning went through; with the last one, of all labels, where that was made.
  package var trainings: [FineTuner.Outcome]
  /// Of the hidden clips, those that the tuned encoder and those that the frozen one in the same folds tells right.
  package var tuned: SelfTrainingRecord.Score
  package var frozen: SelfTrainingRecord.Score
  /// The mean of -log p of the true class of the hidden clips, each as sure as the other.
  package var tunedLoss: Double
  package var frozenLoss: Double
  /// The chance of as much gain in that if tuning made no difference.
  package var chance: Double
  package var isKept: Bool
  /// Why it is not kept whatever the hidden clips say.
  package var obstacle: String?

  /// Steps, of all tunings together, that changed nothing since something was not finite.
  package var skipped: Int { trainings.reduce(0) { $0 + $1.skipped } }
  /// The loss of the first and of the last tenth of the steps, the mean over the tunings; nil where there was nothing
  /// to tune by.
  package var trainingLoss: (first: Double, last: Double)? {
    let trained = trainings.filter { $0.steps > 0 }
    guard !trained.isEmpty else { return nil }
    let share = 1 / Double(trained.count)
    return (
      trained.reduce(0) { $0 + share * $1.firstLoss },
      trained.reduce(0) { $0 + share * $1.lastLoss }
    )
  }

  package var json: JSONValue {
    [
      "steps": .integer(steps), "folds": .integer(folds), "skipped_steps": .integer(skipped),
      "kept": .bool(isKept), "held_out": tuned.json, "held_out_frozen": frozen.json,
      "loss": .number(tunedLoss), "loss_frozen": .number(frozenLoss),
      "chance": .number(chance),
      "training_loss": trainingLoss.map { [.number($0.first), .number($0.last)] } ?? .null,
      "obstacle": obstacle.map { .string($0) } ?? .null,
    ]
  }

  private static func short(_ value: Double) -> String { String(format: "%.3f", value) }

  /// In words: what the hidden labels say, and what follows.
  package var verdict: String {
    let scores =
      "it has \(tuned.correct) right of the \(tuned.count) labelled clips, each hidden from it, the frozen heads in the same "
      + "folds \(frozen.correct); equally sure, it gives the true class a loss of \(Self.short(tunedLoss)), they "
      + "\(Self.short(frozenLoss)) (as much better by chance: p = \(Self.short(chance)))"
    if isKept { return "Fine-tuning is kept: \(scores)." }
    return
      "Fine-tuning is not kept: \(obstacle.map { "\($0); " } ?? "")\(scores); the encoder stays as it was."
  }
}
