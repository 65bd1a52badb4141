import Storage

/// The labels of the clips that are drawn.
struct MapLabels {
  /// In the order of their names.
  let names: [String]
  /// Of each clip drawn, its label's place in `names`; nil without one.
  let labels: [Int?]
  /// Clips drawn that have none.
  let unlabelled: Int

  /// Reads a table with the columns `path` and `label`, paths as those of the embedding.
  init(_ path: String, _ set: SearchSet, rows: [Int]) throws {
    guard set.description != nil else {
      throw CommandFailure(
        .noInput, "\(set.path): no table beside it tells its rows' files; labels need one")
    }
    let table = try CSVTable(path)
    guard let file = table.column("path"), let label = table.column("label") else {
      throw CommandFailure(
        .badData, "\(path): its first line must name the columns path and label")
    }
    var byPath: [String: String] = [:]
    for row in table.rows {
      let (key, value) = (row.fields[file], row.fields[label])
      guard !value.isEmpty, byPath.updateValue(value, forKey: key) == nil else {
        throw CommandFailure(
          .badData, "\(path): line \(row.line): \(key) has no label or a second one; correct it")
      }
    }
    let found = rows.map { byPath[set.title($0)] }
    names = Set(found.compactMap { $0 }).sorted()
    guard !names.isEmpty else {
      throw CommandFailure(
        .badData,
        "\(path): none of its paths is one of \(set.path); give them relative to the embedded folder"
      )
    }
    let places = Dictionary(zip(names, names.indices)) { first, _ in first }
    labels = found.map { $0.flatMap { places[$0] } }
    unlabelled = labels.count { $0 == nil }
  }
}
