import TensorCore

/// Labelled clips whose features are judged.
package struct ProbeData: Sendable {
  package let labels: [Int]
  package let classes: [String]
  package let groups: [String]?

  /// Throws where a class lies in one group alone: it could never be learned and tested apart.
  package init(_ table: LabelTable) throws(EvaluationError) {
    labels = table.entries.map(\.label)
    classes = table.classes
    let parties = table.entries.compactMap(\.group)
    groups = table.hasGroups ? parties : nil
    guard let place = table.classesOfOneGroup.first,
      let member = table.entries.first(where: { $0.label == place })
    else { return }
    throw EvaluationError(
      .badData,
      "\(table.file): line \(member.line): all clips of \(classes[place]) are of the group "
        + "\(member.group ?? ""); two groups are needed, or a table without groups")
  }

  /// The share of the most frequent class: what guessing gives.
  package var chance: Double {
    let most = classes.indices.map { place in labels.filter { $0 == place }.count }.max() ?? 0
    return Double(most) / Double(max(1, labels.count))
  }
}

/// How features are judged.
package struct ProbeSettings: Sendable, Equatable {
  package var folds = 5
  package var repeats = 5
  package var seed: UInt64 = 0
  /// What the inverse strength of the penalty is chosen from.
  package var strengths = [0.01, 0.1, 1, 10, 100, 1000]
  /// What the number of neighbours is chosen from.
  package var neighbours = [1, 3, 5, 9, 15, 25]
  /// Folds of the training samples by which both are chosen.
  package var innerFolds = 5

  package init() {}
}
