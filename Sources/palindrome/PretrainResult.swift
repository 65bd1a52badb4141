import Settings
import Training

/// What `pretrain` prints at its end: the held-out scores beside chance and those of the network at its start.
struct PretrainResult {
  private let scores: [Score]
  private let untrained: [Score]
  /// What the network was at its start.
  private let before: String
  private let steps: Int
  /// The steps after which the scores were taken.
  private let scoredSteps: Int
  private let folder: String
  private let ending: Trainer.Ending

  init(_ trainer: Trainer, folder: String, _ ending: Trainer.Ending) {
    scores = trainer.state.scores
    untrained = trainer.state.untrained
    before = trainer.configuration.before
    steps = trainer.state.step
    scoredSteps = trainer.state.scoredStep
    self.folder = folder
    self.ending = ending
  }

  func print(_ invocation: Invocation) {
    if invocation.wantsJSON {
      invocation.console.result(json.text())
    } else {
      lines.forEach(invocation.console.result)
    }
  }

  private func untrainedValue(_ name: String) -> Double? {
    untrained.first { $0.name == name }?.value
  }

  private var lines: [String] {
    let width = max(24, (scores.map(\.name.count).max() ?? 0) + 2)
    let column = before.count + 2
    var lines: [String] = []
    if !scores.isEmpty {
      lines.append(
        "held-out videos".padded(to: width) + "trained".rightAligned(to: 10)
          + before.rightAligned(to: column) + "chance".rightAligned(to: 9)
          + "of".rightAligned(to: 8))
    }
    for score in scores {
      lines.append(
        score.name.padded(to: width) + percent(score.value).rightAligned(to: 10)
          + (untrainedValue(score.name).map(percent) ?? "-").rightAligned(to: column)
          + percent(score.chance).rightAligned(to: 9) + "\(score.count)".rightAligned(to: 8))
    }
    let old =
      scores.isEmpty || scoredSteps == steps ? "" : "; the scores are those after \(scoredSteps)"
    lines.append(
      "\(folder): \(isFinished ? "finished" : "stopped") after \(counted(steps, "step"))\(old)")
    return lines
  }

  private var isFinished: Bool { ending == .finished }

  private func percent(_ share: Double) -> String { (share * 100).decimals(1) + " %" }

  private var json: JSONValue {
    let rows = scores.map { score -> JSONValue in
      [
        "name": .string(score.name), "value": .number(score.value),
        "untrained": untrainedValue(score.name).map(JSONValue.number) ?? .null,
        "chance": .number(score.chance), "count": .integer(score.count),
      ]
    }
    return [
      "run": .string(folder), "finished": .bool(isFinished), "steps": .integer(steps),
      "held_out": .array(rows), "held_out_steps": .integer(scoredSteps),
    ]
  }
}
