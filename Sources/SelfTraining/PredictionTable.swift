import Storage

/// The lines of `predict`'s table, and of the one that `selftrain` writes.
package struct PredictionTable: Sendable {
  package let classes: [String]
  /// Whether the rows are stretches of files rather than whole ones.
  package let hasSegments: Bool
  /// Whether each row ends with the list that the clip is in.
  package let namesLists: Bool

  package init(classes: [String], hasSegments: Bool = false, namesLists: Bool = false) {
    (self.classes, self.hasSegments, self.namesLists) = (classes, hasSegments, namesLists)
  }

  /// `path` (then `start_s,end_s` of a segment), `label,confidence,runner_up,runner_up_confidence,out_of_set,strangeness`
  /// and the probability of each class as `p_<class>`, then `list`.
  package var header: String {
    CSVTable.line(
      ["path"] + (hasSegments ? ["start_s", "end_s"] : [])
        + [
          "label", "confidence", "runner_up", "runner_up_confidence", "out_of_set", "strangeness",
        ] + classes.map { "p_" + $0 } + (namesLists ? ["list"] : []))
  }

  package func line(
    _ path: String, _ prediction: ClipPrediction, span: ClosedRange<Double>? = nil,
    list: String? = nil
  ) -> String {
    let (label, second) = (prediction.label, prediction.runnerUp)
    let fields = [
      classes[label], Self.share(prediction.confidence), classes[second],
      Self.share(prediction.probabilities[second]), prediction.isOutOfSet ? "1" : "0",
      Self.share(prediction.strangeness),
    ]
    let seconds = span.map { [Self.seconds($0.lowerBound), Self.seconds($0.upperBound)] } ?? []
    return CSVTable.line(
      [path] + seconds + fields + prediction.probabilities.map(Self.share)
        + (namesLists ? [list ?? ""] : []))
  }

  /// Four decimals.
  private static func share(_ value: Double) -> String {
    "\((value * 10_000).rounded() / 10_000)"
  }

  private static func seconds(_ value: Double) -> String {
    "\((value * 1000).rounded() / 1000)"
  }
}
