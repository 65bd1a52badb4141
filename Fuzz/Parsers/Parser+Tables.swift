import Evaluation
import SelfTraining

@testable import Storage

extension Parser {
  /// Tables: any, labels, points, and those that `embed` writes.
  static let tables = [
    Parser(name: "csv", file: "table.csv") { path, bytes in
      let table = try CSVTable(path)
      require(
        table.rows.allSatisfy { $0.fields.count == table.header.count }, "rows of odd lengths")
      require(table.rows.count <= bytes.count, "more rows than bytes")
      let all = try CSVTable.reading(path, rows: Set(table.rows.indices))
      require(all.count == table.rows.count, "\(all.count) rows of \(table.rows.count)")
      require(all.table.rows.map(\.fields) == table.rows.map(\.fields), "rows read singly differ")
      // A single field without text is a line without content, and a mark at the beginning is none of the text.
      guard table.header.count > 1, !table.header[0].hasPrefix("\u{FEFF}") else { return }
      let text = ([table.header] + table.rows.map(\.fields)).map(CSVTable.line).joined()
      let again = try? CSVTable(bytes: Array(text.utf8), path: path)
      require(again?.header == table.header, "the header changes when it is written and read again")
      require(
        again?.rows.map(\.fields) == table.rows.map(\.fields),
        "rows change when they are written and read again")
    },
    Parser(name: "labels", file: "labels.csv") { path, _ in
      let table = try LabelTable(path, leastPerClass: 1, leastClasses: 1)
      require(
        table.entries.allSatisfy { table.classes.indices.contains($0.label) }, "a label of no class"
      )
      require(Set(table.classes).count == table.classes.count, "a class twice")
      // Two clips a class are needed here, and more than one class.
      let lists = try? LabelLists(labels: path, test: nil)
      require(lists.map { $0.classes == table.classes } ?? true, "other classes")
    },
    Parser(name: "points", file: "points.csv") { path, _ in try points(path) },
    Parser(name: "joints", file: "points.json") { path, _ in try points(path) },
    Parser(name: "embedding", file: "E.csv") { path, bytes in
      let rows = try EmbeddingTable.read(path)
      require(rows.count <= bytes.count, "more rows than bytes")
      require(
        rows.allSatisfy { $0.start.isFinite && $0.end.isFinite && $0.start <= $0.end },
        "a row of no stretch of time")
      let some = try EmbeddingTable.read(path, only: Set(rows.indices))
      require(some.count == rows.count, "\(some.count) rows of \(rows.count)")
      require(rows.indices.allSatisfy { some.rows[$0] == rows[$0] }, "rows read singly differ")
    },
  ]

  private static func points(_ path: String) throws {
    let table = try PointTable(path)
    require(table.rows.allSatisfy { $0.frame >= 0 && $0.x.isFinite && $0.y.isFinite }, "no point")
    if let size = table.size {
      require(
        (1...16_384).contains(size.width) && (1...16_384).contains(size.height),
        "frames of \(size.width)x\(size.height)")
    }
    require(table.byFrame.map(\.rows.count).reduce(0, +) == table.rows.count, "points are lost")
  }
}
