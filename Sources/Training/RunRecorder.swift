import Reporting
import Settings
import Storage

/// Writes what happens in a run into its folder, `metrics.jsonl` and TensorBoard's event files, and
/// shows it on the progress line.
package final class RunRecorder: TrainingObserver {
  private let folder: RunFolder
  private let progress: ProgressLine?
  private let every: Int
  private var metrics: MetricsLog?
  private var events: TensorBoardWriter?

  /// Every `every`-th step is written; each is shown.
  package init(_ folder: RunFolder, progress: ProgressLine?, every: Int) {
    self.folder = folder
    self.progress = progress
    self.every = max(1, every)
  }

  package func began(step: Int) throws {
    // The scores before the first step are not taken again where a checkpoint has them.
    metrics = try MetricsLog(
      folder.metricsPath, completedSteps: folder.resumeStep == nil ? nil : step)
    events = try TensorBoardWriter(folder: folder.path, completedSteps: step)
  }

  package func stepped(_ report: StepReport) throws {
    let result = report.result
    let done = report.step + 1
    if done % every == 0 || done == report.total || result.skipReason != nil {
      var values: [(String, Double)] = []
      if let loss = result.loss { values.append(("loss", loss)) }
      values += result.metrics.map { ($0.name, $0.value) }
      values += [
        ("learning_rate", report.learningRate), ("gradient_norm", result.gradientNorm),
        ("clips_per_second", report.clipsPerSecond), ("data_wait", report.waitShare),
        ("skipped_steps", Double(report.skippedSteps)),
        ("skipped_clips", Double(report.skippedClips)), ("seconds", report.elapsed),
      ]
      try write(done, values)
    }
    progress?.update(
      ProgressState(
        step: done, steps: report.total,
        share: report.total == nil ? report.secondsLeft.map { share(report.elapsed, $0) } : nil,
        clipsPerSecond: report.clipsPerSecond,
        losses: (result.loss.map { [("loss", $0)] } ?? [])
          + result.metrics.filter { $0.name.hasSuffix("/loss") }.map {
            (String($0.name.dropLast("/loss".count)), $0.value)
          },
        dataWait: report.waitShare, secondsLeft: report.secondsLeft,
        skipped: report.skippedClips + report.skippedSteps))
  }

  package func evaluated(step: Int, _ evaluation: HeldOutEvaluation) throws {
    var values: [(String, Double)] = evaluation.scores.map { ("held_out/" + $0.name, $0.value) }
    for (encoder, spread) in evaluation.collapse {
      values.append(("held_out/\(encoder)/feature_std", spread.deviation))
      values.append(("held_out/\(encoder)/feature_std_even", spread.reference))
      values.append(("held_out/\(encoder)/effective_rank", spread.effectiveRank))
    }
    guard !values.isEmpty else { return }
    try write(step, values)
    progress?.note(
      "held-out after \(counted(step, "step")): "
        + evaluation.scores.map {
          "\($0.name) \(NumberText.percent($0.value)) (chance \(NumberText.percent($0.chance)))"
        }.joined(separator: ", "))
  }

  package func note(_ line: String) { progress?.note(line) }

  package func ended() { progress?.finish() }

  package func saving() throws { try metrics?.sync() }

  private func write(_ step: Int, _ values: [(String, Double)]) throws {
    try metrics?.append(
      MetricsRecord(step: step, values: JSONObject(values.map { ($0.0, .number($0.1)) })))
    try events?.append(step: step, values.map { (tag: $0.0, value: $0.1) })
  }

  private func share(_ elapsed: Double, _ left: Double) -> Double {
    elapsed / max(elapsed + left, 1e-9)
  }
}
