import Evaluation
import Settings

/// The labels that are learned from and those that are only judged by, checked against each other and against the
/// clips that there are.
package struct LabelLists: Sendable {
  package let labels: LabelTable
  package let test: LabelTable?
  package var classes: [String] { labels.classes }
  /// For each class of the test list its place in `classes`.
  private let places: [Int]

  /// Reads both tables. Besides what `LabelTable` refuses: a test clip that is among the labelled, a test clip of a
  /// group of theirs, and a test class without labelled clips; each names its line.
  package init(labels path: String, test testPath: String?) throws {
    let labels = try LabelTable(path)
    self.labels = labels
    guard let testPath else {
      (test, places) = (nil, [])
      return
    }
    let test = try LabelTable(testPath, leastPerClass: 1, leastClasses: 1)
    func fault(_ line: Int, _ reason: String) -> EvaluationError {
      EvaluationError(.badData, "\(testPath): line \(line): \(reason)")
    }
    let lines = Dictionary(
      labels.entries.map { ($0.path, $0.line) }, uniquingKeysWith: { first, _ in first })
    let groups = Dictionary(
      labels.entries.compactMap { entry in entry.group.map { ($0, entry.line) } },
      uniquingKeysWith: { first, _ in first })
    for entry in test.entries {
      if let line = lines[entry.path] {
        throw fault(
          entry.line,
          "\(entry.path) is among the labelled clips (\(path), line \(line)); take it out of one list"
        )
      }
      if let group = entry.group, let line = groups[group] {
        throw fault(
          entry.line,
          "\(entry.path) is of the group \(group), as labelled clips are (\(path), line \(line)); "
            + "keep a group in one list")
      }
    }
    places = try test.classes.enumerated().map { number, name throws(EvaluationError) in
      guard let place = labels.classes.firstIndex(of: name) else {
        let line = test.entries.first { $0.label == number }?.line ?? 0
        throw fault(
          line,
          "\(LabelNames.shown(name)) is no class of \(path)"
            + (LabelNames.twin(of: name, in: labels.classes).map {
              ", which has \(LabelNames.shown($0)): if they are one, write them alike"
            } ?? "; label clips of it there, or take it out here"))
      }
      return place
    }
    self.test = test
  }

  /// What is to be known of them before they are used, a line each.
  package var notes: [String] {
    var notes: [String] = []
    for (table, words) in [(labels, "taken as unlabelled"), (test, "not judged")] {
      guard let table, table.unlabelled > 0 else { continue }
      notes.append("\(table.file): \(counted(table.unlabelled, "clip")) without a label: \(words)")
    }
    let single = labels.classesOfOneGroup
    if !single.isEmpty {
      notes.append(
        "\(labels.file): all clips of one group in \(single.map { classes[$0] }.joined(separator: ", ")): groups cannot be kept "
          + "apart, and what is expected of clips of new ones may be too much; label some of another group"
      )
    }
    if let (first, second) = nearTwins {
      notes.append(
        "\(labels.file): \(LabelNames.shown(first)) and \(LabelNames.shown(second)) are two classes; if they are one, "
          + "write them alike")
    }
    if let test, labels.hasGroups != test.hasGroups {
      notes.append(
        "\(labels.hasGroups ? test.file : labels.file): has no column group, so that it is not checked whether a group is in both lists"
      )
    }
    return notes
  }

  /// Two classes whose names differ in case, spaces and underscores alone, which may be one mistyped.
  private var nearTwins: (String, String)? {
    var known: [String: String] = [:]
    for name in classes {
      let bare = LabelNames.bare(name)
      if let first = known[bare] { return (first, name) }
      known[bare] = name
    }
    return nil
  }

  /// Throws where a path is none of `paths`, those of the files in `folder`; names its line.
  package func check(against paths: Set<String>, folder: String) throws(EvaluationError) {
    for table in [labels, test].compactMap({ $0 }) {
      for entry in table.entries where !paths.contains(entry.path) {
        throw EvaluationError(
          .badData,
          "\(table.file): line \(entry.line): \(entry.path) is not in \(folder); check the path, which is "
            + "relative to that folder")
      }
    }
  }

  /// The labelled and the test clips as rows of `views`; a clip that has none, for the reason in `failures`, or that
  /// is silent where sound alone is used, is an error that names its line.
  package func clips(
    in views: ViewSet, failures: [String: String]
  ) throws(EvaluationError) -> (labels: [LabelledClip], test: [LabelledClip]) {
    let rows = Dictionary(
      views.paths.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    func clips(
      _ table: LabelTable, _ places: [Int]?
    ) throws(EvaluationError) -> [LabelledClip] {
      var result: [LabelledClip] = []
      for entry in table.entries {
        func fault(_ reason: String) -> EvaluationError {
          EvaluationError(
            .badData,
            "\(table.file): line \(entry.line): \(entry.path) \(reason); take the line out")
        }
        guard let row = rows[entry.path] else {
          throw fault("could not be embedded (\(failures[entry.path] ?? "no reason is known"))")
        }
        guard views.hasVideo[row] || views.hasAudio[row] else {
          throw fault("is silent, and only sound is used")
        }
        result.append(
          LabelledClip(
            row: row, label: places.map { $0[entry.label] } ?? entry.label, group: entry.group))
      }
      return result
    }
    return (
      try clips(labels, nil),
      try test.map { table throws(EvaluationError) in
        try clips(table, places)
      } ?? []
    )
  }
}
