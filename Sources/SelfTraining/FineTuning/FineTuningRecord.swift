import Foundation
import Settings

/// What a fine-tuning did and whether it is kept.
package struct FineTuningRecord: Sendable, Equatable {
  /// Steps of each of the tunings.
  package var steps: Int
  /// Tunings with some labelled clips hidden, on which the decision rests.
  package var folds: Int
  /// Steps, of all tunings together, that changed nothing since something was not finite.
  package var skipped: Int
  /// Of the hidden clips, those that the tuned encoder and those that the frozen one in the same folds tells right.
  package var tuned: SelfTrainingRecord.Score
  package var frozen: SelfTrainingRecord.Score
  /// The mean of -log p of the true class of the hidden clips, calibrated.
  package var tunedLoss: Double
  package var frozenLoss: Double
  /// The chance of as many gains if tuning made no difference.
  package var chance: Double
  package var isKept: Bool

  package var json: JSONValue {
    [
      "steps": .integer(steps), "folds": .integer(folds), "skipped_steps": .integer(skipped),
      "kept": .bool(isKept), "held_out": tuned.json, "held_out_frozen": frozen.json,
      "loss": .number(tunedLoss), "loss_frozen": .number(frozenLoss),
      "chance": .number(chance),
    ]
  }

  private static func short(_ value: Double) -> String { String(format: "%.3f", value) }

  /// In words: what the hidden labels say, and what follows.
  package var verdict: String {
    let scores =
      "it has \(tuned.correct) right of the \(tuned.count) labelled clips, each hidden from it, the frozen heads in the same "
      + "folds \(frozen.correct) (such a gain by chance: p = \(Self.short(chance)))"
    return isKept
      ? "Fine-tuning is kept: \(scores)."
      : "Fine-tuning is not kept: \(scores); the encoder stays as it was."
  }
}
