import SelfTraining
import Settings
import Training

/// A fine-tuning on the clips of a folder, and what it cost.
struct FolderTuning {
  let plan: FineTuningPlan
  let result: SelfTrainingResult
  /// nil where the encoder stays as it was.
  let encoder: TunedEncoder?
  let seconds: Double

  /// Tunes; throws where a signal asked to stop.
  init(_ tuning: FineTuning, _ plan: FineTuningPlan, _ invocation: Invocation) throws {
    let console = invocation.console
    let start = ContinuousClock.now
    let outcome = try tuning.run(
      progress: { done, all in console.progress("finetune: \(done) of \(counted(all, "step"))") },
      shouldStop: { ExitStatus.ofStop != nil })
    console.endProgress()
    guard let outcome else { throw FolderTraining.stopped(invocation) }
    (self.plan, result) = (plan, outcome.result)
    encoder = outcome.encoders.map(TunedEncoder.init)
    seconds = (ContinuousClock.now - start) / .seconds(1)
  }

  /// False where it was known beforehand that nothing could come of it.
  var wasTried: Bool { result.record.fineTuning != nil }

  /// What was done, in words; nil where it was not tried.
  var cost: String? {
    guard let record = result.record.fineTuning else { return nil }
    let skipped = record.skipped
    return
      "fine-tuning: \(counted(plan.steps, "step")), again for each of \(counted(record.folds, "fold")), in "
      + "\(seconds.decimals(0)) s"
      + (record.trainingLoss.map {
        "; loss \($0.first.decimals(2)) at the beginning, \($0.last.decimals(2)) at the end"
      } ?? "")
      + (skipped > 0
        ? "; \(counted(skipped, "step")) changed nothing, something was not finite" : "")
  }
}
