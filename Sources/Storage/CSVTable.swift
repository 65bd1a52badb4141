import Settings

/// A table of comma-separated values as RFC 4180 has it: fields may stand in double quotes, in which commas,
/// line ends and doubled quotes are text. A byte-order mark, CRLF, lines without content and a missing last
/// line end are accepted.
package struct CSVTable: Sendable {
  package struct Row: Sendable, Equatable {
    /// The line of the file on which the row begins, from 1.
    package var line: Int
    /// As many as the header has.
    package var fields: [String]
  }
  package let path: String
  package let header: [String]
  package let rows: [Row]

  /// Reads the file at `path`, which must begin with a header; a row of another length than the header's, a
  /// quote that is never closed, and text that is not UTF-8 are errors that name the line.
  package init(_ path: String, limit: Int = 1 << 30) throws(StorageError) {
    try self.init(bytes: try readBytes(path, limit: limit), path: path)
  }

  /// The same of bytes that were read from the file at `path`.
  package init(bytes: [UInt8], path: String) throws(StorageError) {
    self.path = path
    var parser = CSVParser(bytes)
    var rows: [Row] = []
    while let row = try parser.next(path) { rows.append(row) }
    guard let head = rows.first else {
      throw .badData(path: path, reason: "is empty; its first line must name the columns")
    }
    header = head.fields.map { $0.trimmingSpaces }
    for row in rows.dropFirst() where row.fields.count != header.count {
      throw .badData(
        path: path,
        reason:
          "line \(row.line): \(counted(row.fields.count, "field")) where the header has \(header.count); "
          + (row.fields.count < header.count
            ? "a comma is missing, also before a field that is left empty"
            : "put fields with commas in double quotes"))
    }
    self.rows = Array(rows.dropFirst())
  }

  /// The place of the column called `name`, nil where there is none.
  package func column(_ name: String) -> Int? { header.firstIndex(of: name) }

  /// Whether the file at `path` begins with the line of `header`.
  package static func begins(_ path: String, with header: [String]) -> Bool {
    let head = Array(line(header).utf8)
    guard let file = try? OpenFile.reading(path) else { return false }
    return (try? file.read(0..<head.count)) == head
  }

  /// One line with its end: fields that need quotes get them.
  package static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    let marks: Set<UInt8> = [comma, quote, newline, carriage]
    let isPlain =
      !field.utf8.contains { marks.contains($0) } && field.first != " " && field.last != " "
    guard !isPlain else { return field }
    // By bytes: a quote and an accent behind it are one character, which is no quote.
    let doubled = field.utf8.split(separator: quote, omittingEmptySubsequences: false)
      .joined(separator: [quote, quote])
    return "\"" + String(decoding: Array(doubled), as: UTF8.self) + "\""
  }

  static let comma = UInt8(ascii: ",")
  static let quote = UInt8(ascii: "\"")
  static let newline = UInt8(ascii: "\n")
  static let carriage = UInt8(ascii: "\r")
}

private struct CSVParser {
  private let bytes: [UInt8]
  private var at: Int
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    at = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// The next row with any content.
  mutating func next(_ path: String) throws(StorageError) -> CSVTable.Row? {
    while at < bytes.count {
      let first = line
      let fields = try row(path)
      if fields != [""] { return CSVTable.Row(line: first, fields: fields) }
    }
    return nil
  }

  private mutating func row(_ path: String) throws(StorageError) -> [String] {
    var fields: [String] = []
    let first = line
    func fault(_ reason: String) -> StorageError {
      .badData(path: path, reason: "line \(first): \(reason)")
    }
    while true {
      var field: [UInt8] = []
      if at < bytes.count, bytes[at] == CSVTable.quote {
        at += 1
        while true {
          guard at < bytes.count else { throw fault("a quote is never closed; close it") }
          let byte = bytes[at]
          at += 1
          if byte == CSVTable.newline { line += 1 }
          if byte == CSVTable.quote {
            guard at < bytes.count, bytes[at] == CSVTable.quote else { break }
            at += 1
          }
          field.append(byte)
        }
        guard
          at >= bytes.count
            || [CSVTable.comma, CSVTable.newline, CSVTable.carriage]
              .contains(bytes[at])
        else { throw fault("text after a closing quote; double the quotes within a field") }
      } else {
        while at < bytes.count,
          ![CSVTable.comma, CSVTable.newline, CSVTable.carriage]
            .contains(bytes[at])
        {
          field.append(bytes[at])
          at += 1
        }
      }
      guard let text = String(validating: field, as: UTF8.self) else {
        throw fault("is not UTF-8; save the table as UTF-8")
      }
      fields.append(text)
      guard at < bytes.count else { return fields }
      let end = bytes[at]
      at += 1
      if end == CSVTable.comma { continue }
      if end == CSVTable.carriage, at < bytes.count, bytes[at] == CSVTable.newline { at += 1 }
      line += 1
      return fields
    }
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    let start = drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
