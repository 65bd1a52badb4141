import Evaluation
import SelfTraining
import Settings

/// What `selftrain` was made with, for the report and the record.
struct SelfTrainSettings {
  let rows: [(name: String, value: String)]

  init(_ training: FolderTraining) {
    let description = training.embedded.set.description
    let settings = description.settings
    rows = [
      ("folder", training.folder), ("labels", training.lists.labels.file),
      ("test", training.lists.test?.file ?? "none"), ("model", description.model),
      ("method", training.settings.method.rawValue), ("prior", training.settings.prior.rawValue),
      ("rounds", "\(training.settings.rounds)"), ("seed", "\(training.settings.seed)"),
      ("modality", settings.modality.rawValue), ("views", "\(settings.views)"),
      ("mirror", "\(settings.mirror)"), ("temporal", "\(settings.temporal)"),
      ("clip", "\(settings.clip) s"), ("windows", "\(settings.windows)"),
      ("rate", "\(settings.rate) frames a second"), ("size", "\(settings.size) pixels"),
      (
        "fine-tuning",
        training.tuning.map { $0.wasTried ? counted($0.plan.steps, "step") : "not tried" }
          ?? "no"
      ),
    ]
  }
}

extension FolderTraining {
  /// What `record.json` and `--json` hold.
  var summary: JSONObject {
    let (first, last) = (record.rounds.first, record.rounds[record.chosen])
    func share(_ score: SelfTrainingRecord.Score?) -> JSONValue {
      score.map { .number($0.accuracy) } ?? .null
    }
    let isTested = !test.isEmpty
    var summary = JSONObject([
      ("accuracy_of", .string(isTested ? "test list" : "labelled clips, out of fold")),
      ("labels_only_accuracy", share(isTested ? first?.test : first?.outOfFold)),
      ("final_accuracy", share(isTested ? last.test : last.outOfFold)),
      ("labels_only_out_of_fold", share(first?.outOfFold)),
      ("final_out_of_fold", share(last.outOfFold)),
      ("labels_only_test", share(first?.test)), ("final_test", share(last.test)),
      ("expected_accuracy", last.expected?.json ?? .null),
      ("ece_out_of_fold", .number(Reliability(outOfFold).error)),
      ("ece_test", isTested ? .number(Reliability(tested).error) : .null),
      ("classes", .array(lists.classes.map { .string($0) })),
      ("clips", .integer(views.clips)), ("labelled", .integer(labels.count)),
      ("unlabelled", .integer(unlabelled)), ("test", .integer(test.count)),
      ("out_of_set", .integer(outOfSet)),
      ("failed", .integer(untold.count)),
    ])
    for (key, value) in record.json.members { summary[key] = value }
    if !next.isEmpty {
      summary["next"] = .array(next.map { .string(views.paths[$0.row]) })
    }
    return summary
  }
}

/// What `selftrain` prints.
struct SelfTrainReport {
  let training: FolderTraining
  /// Those of the learning, without the embedding.
  let seconds: Double
  let out: String

  func print(_ invocation: Invocation) {
    guard !invocation.wantsJSON else {
      var object = JSONObject([("out", .string(out)), ("seconds", .number(seconds))])
      for (key, value) in training.summary.members { object[key] = value }
      if let tuning = training.tuning, tuning.wasTried {
        object["finetune_seconds"] = .number(tuning.seconds)
      }
      return invocation.console.result(JSONValue.object(object).text())
    }
    lines(invocation).forEach(invocation.console.result)
  }

  private func lines(_ invocation: Invocation) -> [String] {
    let rounds = training.record.rounds
    let hasTest = rounds.contains { $0.test != nil }
    let hasPrecision = rounds.contains { $0.pseudoPrecision != nil }
    let width = max(14, rounds.map { $0.name.count + 1 }.max() ?? 0)
    func row(_ cells: [String]) -> String {
      var kept = [cells[0].padded(to: width), cells[1].rightAligned(to: 24)]
      if hasTest { kept.append(cells[2].rightAligned(to: 26)) }
      kept += [cells[3].rightAligned(to: 16), cells[4].rightAligned(to: 12)]
      if hasPrecision { kept.append(cells[5].rightAligned(to: 26)) }
      return kept.joined()
    }
    var lines = [
      row(["", "out of fold", "test", "pseudo-labels", "least sure", "right of them"])
    ]
    for (place, round) in rounds.enumerated() {
      let mark = place == training.record.chosen && rounds.count > 1 ? "*" : ""
      let taken =
        round.taken.isEmpty
        ? "" : "\(round.taken.reduce(0, +)) (\((100 * round.utilisation).decimals(0)) %)"
      let least = round.leastConfidence.compactMap { $0 }.min().map {
        "\((100 * $0).decimals(0)) %"
      }
      lines.append(
        row([
          round.name + mark, text(round.outOfFold), text(round.test), taken, least ?? "",
          text(round.pseudoPrecision),
        ]))
    }
    lines.append(
      "\(counted(training.labels.count, "labelled clip")) of \(training.lists.classes.count) classes, "
        + "\(training.unlabelled) unlabelled; in brackets 95 % intervals"
        + (rounds.count > 1 ? "; * kept" : ""))
    let kept = training.record.rounds[training.record.chosen]
    if let expected = kept.expected {
      lines.append(
        "of new clips \(Self.text(expected.accuracy, expected.interval)) are to be expected right: out of fold, carried on "
          + "to all labels")
      if kept.fallsShort {
        lines.append(
          "the test list has fewer right than that, by more than chance: its clips differ from the labelled ones, and clips "
            + "like them are told as it says")
      }
    }
    lines.append(training.record.verdict)
    if let cost = training.tuning?.cost { lines.append(cost) }
    for clip in training.next {
      lines.append("label next: \(training.views.paths[clip.row].printable)")
    }
    if training.next.isEmpty, invocation.values[SelfTrainOptions.listNext] > 0 {
      lines.append("label next: none, every clip is labelled or in the test list")
    } else if training.next.count < invocation.values[SelfTrainOptions.listNext] {
      lines.append("label next: of the clips that could be embedded these are all without a label")
    }
    if training.outOfSet > 0 {
      lines.append("\(counted(training.outOfSet, "clip")) unlike any labelled class")
    }
    let unreached = training.views.clips - training.told.count
    if unreached > 0 {
      lines.append(
        "nothing is said of \(counted(unreached, "clip")) without what the classifier judges by; report.html names them"
      )
    }
    lines.append("\(out): predict --classifier uses it; report.html tells more")
    return lines
  }

  /// `80.0 % [58-92] 16/20`
  private func text(_ score: SelfTrainingRecord.Score?) -> String {
    guard let score, score.count > 0 else { return "" }
    return Self.text(score.accuracy, score.interval) + " \(score.correct)/\(score.count)"
  }

  /// `80.0 % [58-92]`
  static func text(_ accuracy: Double, _ interval: ClosedRange<Double>) -> String {
    let (low, high) = (100 * interval.lowerBound, 100 * interval.upperBound)
    return "\((100 * accuracy).decimals(1)) % [\(low.decimals(0))-\(high.decimals(0))]"
  }
}
