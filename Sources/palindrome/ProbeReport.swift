import Evaluation
import Settings

/// What `probe` prints.
struct ProbeReport {
  let probe: Probe
  let results: [(name: String, result: Probe.Result)]
  let isGrouped: Bool

  private static let method =
    "95 % intervals by the corrected resampled t-test (Nadeau, Bengio 2003)"

  private func interval(_ scores: [Double]) -> Interval {
    Interval(crossValidated: scores, folds: probe.foldCount)
  }

  func print(_ invocation: Invocation) {
    if invocation.wantsJSON {
      invocation.console.result(json().text())
    } else {
      lines().forEach(invocation.console.result)
    }
  }

  // MARK: JSON

  private func json() -> JSONValue {
    var object = JSONObject()
    if let first = results.first { object = scores(first.name, first.result) }
    object["classes"] = .array(probe.data.classes.map { .string($0) })
    object["samples"] = .integer(probe.data.labels.count)
    object["folds"] = .integer(probe.foldCount)
    object["repeats"] = .integer(probe.settings.repeats)
    object["grouped"] = .bool(isGrouped)
    object["chosen_within_group"] = .bool(probe.choosesWithinGroup)
    object["not_chosen"] = .bool(probe.choosesNothing)
    object["chance"] = .number(probe.data.chance)
    object["interval"] = .string(Self.method)
    object["baselines"] = .array(
      results.dropFirst().map { name, result in
        var other = scores(name, result)
        if let first = results.first {
          other["linear_gain"] = self.json(gain(first.result.linear, result.linear))
          other["knn_gain"] = self.json(gain(first.result.neighbours, result.neighbours))
        }
        return .object(other)
      })
    return .object(object)
  }

  private func scores(_ name: String, _ result: Probe.Result) -> JSONObject {
    var object = JSONObject([
      ("features", .string(name)), ("linear_unfinished", .integer(result.unfinished)),
    ])
    for (word, part) in [("linear", result.linear), ("knn", result.neighbours)] {
      let accuracy = interval(part.accuracies)
      let balanced = interval(part.balanced)
      object["\(word)_accuracy"] = .number(accuracy.mean)
      object["\(word)_interval"] = bounds(accuracy.shares)
      object["\(word)_balanced_accuracy"] = .number(balanced.mean)
      object["\(word)_balanced_interval"] = bounds(balanced.shares)
      object[word == "knn" ? "knn_k" : "linear_c"] = .array(part.choices.map { .number($0) })
      object["\(word)_confusion"] = .array(
        probe.confusion(part).counts.map { .array($0.map { .integer($0) }) })
    }
    return object
  }

  private func bounds(_ range: ClosedRange<Double>?) -> JSONValue {
    range.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null
  }

  private func json(_ interval: Interval) -> JSONValue {
    ["mean": .number(interval.mean), "interval": bounds(interval.range)]
  }

  /// By how much one set of features is better than another on the same test folds.
  private func gain(_ a: Probe.Scores, _ b: Probe.Scores) -> Interval {
    interval(zip(a.accuracies, b.accuracies).map { $0 - $1 })
  }

  // MARK: Text

  private func lines() -> [String] {
    let width = max(10, results.map { $0.name.count }.max() ?? 0) + 2
    let head =
      "features".padded(to: width) + "linear".rightAligned(to: 18) + "k-NN".rightAligned(to: 18)
      + "balanced".rightAligned(to: 18)
    var lines = [head]
    for (name, result) in results {
      lines.append(
        name.padded(to: width)
          + [result.linear.accuracies, result.neighbours.accuracies, result.linear.balanced]
          .map { text(interval($0)).rightAligned(to: 18) }.joined())
    }
    lines.append("chance".padded(to: width) + percent(probe.data.chance).rightAligned(to: 11))
    if let first = results.first {
      for (name, result) in results.dropFirst() {
        lines.append(
          "\(first.name) above \(name): linear \(text(gain(first.result.linear, result.linear))), "
            + "k-NN \(text(gain(first.result.neighbours, result.neighbours)))")
      }
    }
    for (name, result) in results where result.unfinished > 0 {
      lines.append(
        "\(name): \(result.unfinished) of \(probe.settings.repeats * probe.foldCount) linear classifiers stopped "
          + "before their minimum")
    }
    lines.append(
      "\(probe.data.labels.count) clips of \(probe.data.classes.count) classes, "
        + "\(counted(probe.settings.repeats, "repeat")) of \(counted(probe.foldCount, "fold"))"
        + (isGrouped ? " by group" : "") + "; \(Self.method); balanced: linear, mean recall")
    if probe.choosesNothing {
      let (strength, k) = Probe.unchosen
      lines.append(
        "training parts of one clip of each class: there nothing is chosen, C is \(strength.decimals(0)) and k \(k)"
      )
    } else if probe.choosesWithinGroup {
      lines.append(
        "training parts of one group of each class: there C and k are chosen within it, not across groups"
      )
    }
    if let first = results.first {
      lines.append("")
      lines.append("\(first.name), linear: rows are the true classes, % of each")
      lines += matrix(probe.confusion(first.result.linear))
    }
    return lines
  }

  private func matrix(_ confusion: ConfusionMatrix) -> [String] {
    let width = (confusion.classes.map(\.count).max() ?? 0) + 2
    let column = max(6, min(12, width))
    func cut(_ name: String) -> String { String(name.prefix(column - 1)) }
    let head =
      "".padded(to: width) + confusion.classes.map { cut($0).rightAligned(to: column) }.joined()
    return [head]
      + zip(confusion.classes, confusion.counts).map { name, row in
        let sum = Double(max(1, row.reduce(0, +)))
        return name.padded(to: width)
          + row.map { (100 * Double($0) / sum).decimals(0).rightAligned(to: column) }.joined()
      }
  }

  private func percent(_ value: Double) -> String { (100 * value).decimals(1) + " %" }

  private func text(_ interval: Interval) -> String {
    let half = interval.half.isFinite ? " ± " + (100 * interval.half).decimals(1) : ""
    return (100 * interval.mean).decimals(1) + half + " %"
  }
}
