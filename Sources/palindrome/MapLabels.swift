import Evaluation

/// The labels of the clips that are drawn.
struct MapLabels {
  /// In the order of the table's classes.
  let names: [String]
  /// Of each clip drawn, its label's place in `names`; nil without one.
  let labels: [Int?]
  /// Clips drawn that have none.
  let unlabelled: Int

  /// Reads a table as `probe` does, but with any number of classes and of clips of each.
  init(_ path: String, _ set: SearchSet, rows: [Int]) throws {
    guard set.description != nil else {
      throw CommandFailure(
        .noInput, "\(set.path): no table beside it tells its rows' files; labels need one")
    }
    let table = try LabelTable(path, leastPerClass: 1, leastClasses: 1)
    let paths = Set(try set.table()?.map(\.path) ?? [])
    if let stray = table.entries.first(where: { !paths.contains($0.path) }) {
      throw CommandFailure(
        .badData,
        "\(path): line \(stray.line): \(stray.path) is not in \(set.path); check the path, which is relative to "
          + "the embedded folder")
    }
    let byPath = Dictionary(
      table.entries.map { ($0.path, $0.label) }, uniquingKeysWith: { first, _ in first })
    let found = rows.map { byPath[set.title($0)] }
    let classes = Set(found.compactMap { $0 }).sorted()
    names = classes.map { table.classes[$0] }
    let places = Dictionary(zip(classes, classes.indices)) { first, _ in first }
    labels = found.map { $0.flatMap { places[$0] } }
    unlabelled = labels.count { $0 == nil }
  }
}
