import Settings
import Storage

/// The labels of clips, from a table with the columns `path` and `label`, and `group` where clips belong together
/// (of one subject, one session): those never stand on both sides of a split.
package struct LabelTable: Sendable {
  package struct Entry: Sendable, Equatable {
    /// Below the folder that was embedded, with slashes.
    package var path: String
    /// The place of the class in `classes`.
    package var label: Int
    package var group: String?
    /// The line of the table.
    package var line: Int
  }
  package let file: String
  /// The names of the classes in the order of their bytes; whole numbers in the order of their values.
  package let classes: [String]
  package let entries: [Entry]
  package let hasGroups: Bool
  /// Clips whose label is left empty: they count as unlabelled.
  package let unlabelled: Int

  /// Reads the table at `file`. What cannot be used is an error that names the line: a missing column, a field
  /// without text, a path that stands twice with two labels or two groups, a class with fewer than `leastPerClass`
  /// clips, fewer than `leastClasses` classes. A line that stands twice counts once, and a clip whose label is left
  /// empty not at all: lists of all clips are filled in little by little.
  package init(_ file: String, leastPerClass: Int = 2, leastClasses: Int = 2) throws {
    let table = try CSVTable(file)
    self.file = file
    func fault(_ reason: String) -> EvaluationError {
      EvaluationError(.badData, "\(file): \(reason)")
    }
    guard let path = table.column("path"), let label = table.column("label") else {
      throw fault(
        "its first line must name the columns path,label, and group where there is one, with commas between them"
      )
    }
    let group = table.column("group")
    hasGroups = group != nil
    var lines: [String: (line: Int, label: String, group: String?)] = [:]
    var kept: [(path: String, label: String, group: String?, line: Int)] = []
    var blank: Set<String> = []
    for row in table.rows {
      let name = Self.normal(row.fields[path])
      let word = row.fields[label]
      guard !word.allSatisfy(\.isWhitespace) else {
        if !name.isEmpty { blank.insert(name) }
        continue
      }
      guard !name.isEmpty else { throw fault("line \(row.line): has no path; fill it in") }
      let party = group.map { row.fields[$0] }
      if let party, party.isEmpty { throw fault("line \(row.line): has no group; fill it in") }
      if let first = lines[name] {
        guard first.label == word, first.group == party else {
          throw fault(
            "line \(row.line): \(name) is \(word) here and \(first.label) in line \(first.line)"
              + (first.label == word ? ", of two groups" : "") + "; keep one of them")
        }
        continue
      }
      lines[name] = (row.line, word, party)
      kept.append((name, word, party, row.line))
    }
    guard !kept.isEmpty else {
      throw fault("has no labels; " + (blank.isEmpty ? "give a line a clip" : "fill some in"))
    }
    unlabelled = blank.subtracting(kept.map(\.path)).count
    let classes = Self.ordered(Set(kept.map(\.label)))
    guard classes.count >= leastClasses else {
      throw fault("all clips are \(classes[0]); two classes are needed at least")
    }
    for name in classes {
      let members = kept.filter { $0.label == name }
      guard members.count >= leastPerClass else {
        let twin = LabelNames.twin(of: name, in: classes)
        let line = kept.first { $0.label == twin }?.line ?? 0
        throw fault(
          "line \(members[0].line): \(LabelNames.shown(name)) has \(counted(members.count, "clip")), "
            + "\(leastPerClass) are needed at least; "
            + (twin.map {
              "there is also \(LabelNames.shown($0)) (line \(line)): if they are one, write them alike"
            } ?? "label more or take the class out"))
      }
    }
    let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    self.classes = classes
    entries = kept.map {
      Entry(path: $0.path, label: places[$0.label] ?? 0, group: $0.group, line: $0.line)
    }
  }

  /// The classes all of whose clips are of one group; none where there are no groups.
  package var classesOfOneGroup: [Int] {
    guard hasGroups else { return [] }
    return classes.indices.filter { place in
      Set(entries.filter { $0.label == place }.map(\.group)).count == 1
    }
  }

  /// A path without `./` before it and without doubled slashes.
  private static func normal(_ path: String) -> String {
    (path.hasPrefix("/") ? "/" : "")
      + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  private static func ordered(_ names: Set<String>) -> [String] {
    let numbers = names.compactMap(Int.init)
    if numbers.count == names.count {
      return names.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The vectors of the labelled clips as rows, in the order of the table; a path without a vector is an error that
  /// names its line, and `reason` says why where that is known.
  package func features(
    _ vectors: [String: [Float]], source: String, reason: (String) -> String? = { _ in nil }
  ) throws(EvaluationError) -> [[Float]] {
    var rows: [[Float]] = []
    for entry in entries {
      guard let vector = vectors[entry.path] else {
        let why = reason(entry.path).map { "could not be embedded (\($0)); take the line out" }
        throw EvaluationError(
          .badData,
          "\(file): line \(entry.line): \(entry.path) "
            + (why
              ?? "is not in \(source); check the path, which is relative to the embedded folder"))
      }
      rows.append(vector)
    }
    return rows
  }
}
