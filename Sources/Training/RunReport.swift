import ClipData
import Reporting
import Settings
import Storage

/// The HTML report of a run, made from what is in its folder alone, so that it can be made again at
/// any time.
package enum RunReport {
  /// Writes `report.html` of the run folder at `path` from its `config.json`, `metrics.jsonl`,
  /// `index.json` and the state of its newest complete checkpoint. Returns a line for each newer one that
  /// is damaged.
  @discardableResult
  package static func write(_ path: String) throws -> [String] {
    guard Folder.exists(path) else {
      throw StorageError.noInput(path: path, reason: "no such folder; give the folder of a run")
    }
    let checkpoints = CheckpointFolder(path + "/checkpoints")
    let (newest, damaged) = try checkpoints.newest()
    guard let step = newest else {
      guard let first = damaged.first?.error else {
        throw StorageError.noInput(
          path: path,
          reason: Folder.names(in: path).contains("config.json")
            ? "no checkpoint to report on yet; wait for the first one"
            : "no checkpoint to report on; give the folder of a run")
      }
      throw TrainingError.noneComplete(first, mend: "restore the file, or train again")
    }
    try write(path, try Checkpoint.state(checkpoints.path(step: step)))
    return damaged.map { "checkpoint step-\($0.step) is damaged: \($0.error)" }
  }

  /// The same for a run whose state is at hand.
  static func write(_ path: String, _ state: RunState) throws {
    let bytes = try readBytes(path + "/config.json", limit: 1 << 20)
    let settings: JSONValue
    do {
      settings = try JSONValue.parse(bytes)
    } catch {
      throw TrainingError.damaged(path: path + "/config.json", reason: "\(error); restore it")
    }
    let records = try MetricsLog.read(path + "/metrics.jsonl")
    let index = VideoIndex(contentsOf: path + "/index.json")
    try AtomicFile.write(
      page(Folder.lastName(of: path), settings, state, records, index).render(),
      to: path + "/report.html")
  }

  private static func page(
    _ name: String, _ settings: JSONValue, _ state: RunState, _ records: [MetricsRecord],
    _ index: VideoIndex?
  ) -> HTMLReport {
    let steps =
      state.plan.total.map { "\(state.step) of \(counted($0, "step"))" }
      ?? counted(state.step, "step")
    var page = HTMLReport(
      title: "Pretraining: \(name)",
      status: "\(steps) in \(NumberText.duration(state.elapsed))")
    page.warnings = state.warnings
    if state.skippedSteps > 0 {
      page.warnings.append(
        "\(counted(state.skippedSteps, "step was", "steps were")) skipped: a value was not finite")
    }
    // The last value is of the last steps alone, which may have followed a pause.
    let rates = records.compactMap { $0["clips_per_second"] }.sorted()
    let rate = rates.isEmpty ? nil : rates[rates.count / 2]
    page.facts = [("Steps", "\(state.step)"), ("Time", NumberText.duration(state.elapsed))]
    if let rate { page.facts.append(("Clips a second, median", NumberText.short(rate))) }
    if let index { page.facts.append(("Videos", "\(index.videos.count)")) }
    page.heldOut = state.scores.map { score in
      HeldOutScore(
        score.name, trained: score.value,
        untrained: state.untrained.first { $0.name == score.name }?.value, chance: score.chance)
    }
    page.before = TrainingConfiguration.before(initialWeights: settings["init"]?.string ?? "")
    page.heldOutNote =
      "Scores of the averaged weights on videos that were not trained on, after "
      + "\(counted(state.scoredStep, "step"))."
    page.plots = plots(records, state)
    page.settings = TrainingConfiguration.flattened(settings).filter {
      !$0.name.hasPrefix("sound.")
    }
    page.skipped =
      (index?.unusable ?? []).map { ($0.relativePath, $0.reasonLeftOut) }
      + state.skippedReasons.map { ("a clip or a step", $0) }
    page.footer = "palindrome"
    return page
  }

  private static func plots(_ records: [MetricsRecord], _ state: RunState) -> [LinePlot] {
    var keys: [String] = []
    var known: Set<String> = []
    for record in records {
      for key in record.values.keys where known.insert(key).inserted { keys.append(key) }
    }
    let losses = keys.filter { $0 == "loss" || $0.hasSuffix("/loss") }
    var plots = [
      LinePlot(
        title: "Losses", caption: "The weighted sum and each objective's own.",
        series: losses.map { PlotSeries($0, records, key: $0) })
    ]
    for score in state.scores {
      plots.append(
        LinePlot(
          title: "Held-out \(score.name)",
          series: [PlotSeries(score.name, records, key: "held_out/" + score.name)],
          references: [("chance", score.chance)]))
    }
    let singles = [
      ("learning_rate", "Learning rate", ""),
      ("gradient_norm", "Norm of the gradients", "Before clipping."),
      ("clips_per_second", "Clips a second", "Waiting for data included."),
      ("data_wait", "Waiting for data", "Share of the time that training waited for clips."),
    ]
    for (key, title, caption) in singles where known.contains(key) {
      plots.append(
        LinePlot(
          title: title, caption: caption, series: [PlotSeries(title, records, key: key)]))
    }
    let even = "_even"
    for key in keys where key.hasSuffix("/feature_std") {
      let reference = records.last { $0[key + even] != nil }?[key + even]
      plots.append(
        LinePlot(
          title: "Spread of the features: \(key.split(separator: "/").dropLast().last ?? "")",
          caption: "Standard deviation of the held-out unit features; near 0 they have collapsed.",
          series: [PlotSeries("standard deviation", records, key: key)],
          references: reference.map { [("1/√d", $0)] } ?? []))
    }
    let ranks = keys.filter { $0.hasSuffix("/effective_rank") }
    if !ranks.isEmpty {
      plots.append(
        LinePlot(
          title: "Effective rank of the features",
          caption: "How many dimensions the held-out features use; near 1 they have collapsed.",
          series: ranks.map { PlotSeries($0, records, key: $0) }))
    }
    return plots
  }
}
