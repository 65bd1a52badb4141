import Evaluation
import Neighbours
import Reporting
import Settings
import Storage

/// An embedding file with what is known of its rows; of a foreign `.npy` that is nothing.
struct SearchSet: Sendable {
  /// A part of the rows that is compared.
  enum Part: String, CaseIterable, Sendable {
    case both, video, audio
  }
  let path: String
  let vectors: NpyRows
  /// What the rows were made with; nil where `embed` did not make the file.
  let description: EmbeddingDescription?
  private let files: EmbeddingFiles
  /// What the rows are of, as far as it has been looked up.
  private var known: [Int: EmbeddingRow] = [:]

  init(_ path: String) throws {
    files = try EmbeddingFiles(path)
    self.path = path
    vectors = try NpyRows(path)
    guard vectors.rows > 0, vectors.columns > 0 else {
      throw CommandFailure(.noInput, "\(path): has no rows; embed some clips")
    }
    guard Folder.hasEntry(files.json) else {
      description = nil
      return
    }
    let described = try EmbeddingDescription(reading: files.json)
    description = described
    guard described.rows == vectors.rows, described.dimensions == vectors.columns else {
      throw CommandFailure(
        .badData,
        "\(path): \(counted(vectors.rows, "row")) of \(vectors.columns), but \(files.json) tells of \(counted(described.rows, "row")) of "
          + "\(described.dimensions); make the embedding again")
    }
  }

  /// The set with what the table says of some of its rows. A long table is passed over quickly.
  func knowing(_ rows: some Sequence<Int>) throws -> SearchSet {
    guard description != nil else { return self }
    let wanted = Set(rows).subtracting(known.keys)
    let (found, count) = try EmbeddingTable.read(files.csv, only: wanted)
    guard count == vectors.rows else { throw miscounted(count) }
    var result = self
    result.known.merge(found) { first, _ in first }
    return result
  }

  /// The row of `path` as the table has it; nil where it is not in there. Throws where it has several.
  func row(of path: String) throws -> Int? {
    let rows = try table()?.enumerated().filter { $0.element.path == path }.map(\.offset) ?? []
    guard rows.count < 2 else {
      throw CommandFailure(
        .usage,
        "\(path): has \(rows.count) rows in \(self.path), from \(rows[0]) on; give the number of one as --query"
      )
    }
    return rows.first
  }

  /// The whole table; nil where there is none.
  func table() throws -> [EmbeddingRow]? {
    guard description != nil else { return nil }
    let table = try EmbeddingTable.read(files.csv)
    guard table.count == vectors.rows else { throw miscounted(table.count) }
    return table
  }

  private func miscounted(_ count: Int) -> CommandFailure {
    CommandFailure(
      .badData,
      "\(files.csv): \(counted(count, "row")) where \(path) has \(vectors.rows); make the embedding again"
    )
  }

  /// Whether pictures and sounds lie in one space, so that one finds the other.
  var isShared: Bool {
    guard let description else { return false }
    return description.settings.space == .av && description.videoDimensions > 0
      && description.audioDimensions > 0
  }

  /// The columns of a part; throws where the file has no such part of its own.
  func part(_ part: Part) throws(CommandFailure) -> Vectors {
    let video = description?.videoDimensions ?? 0
    switch part {
    case .both: return Vectors(vectors, split: description.map(\.videoDimensions))
    case .video where video > 0: return Vectors(vectors, columns: 0..<video)
    case .audio where description.map({ $0.audioDimensions > 0 }) ?? false:
      return Vectors(vectors, columns: video..<vectors.columns)
    default:
      throw CommandFailure(
        .usage,
        "\(path): its rows have no \(part.rawValue) part; embed with --modality both")
    }
  }

  /// A number for each row, the same for rows of one file; nil where the files are not known.
  func fileNumbers() throws -> [Int32]? {
    var numbers: [String: Int32] = [:]
    return try table()?.map { row in
      if let known = numbers[row.path] { return known }
      let next = Int32(numbers.count)
      numbers[row.path] = next
      return next
    }
  }

  /// What a row is called.
  func title(_ row: Int) -> String { known[row]?.path ?? "row \(row)" }

  /// Where in its file a row is.
  func span(_ row: Int) -> String {
    guard let entry = known[row] else { return "" }
    return "\(NumberText.fixed(entry.start, 1))–\(NumberText.fixed(entry.end, 1)) s"
  }

  /// The path of a row's file as it can be opened.
  func file(_ row: Int) -> String? {
    guard let description, let entry = known[row] else { return nil }
    return description.folder + "/" + entry.path
  }

  /// The moment whose picture stands for a row.
  func moment(_ row: Int) -> Double { known[row].map { ($0.start + $0.end) / 2 } ?? 0 }

  /// What is known of a row, for `--json`.
  func members(_ row: Int) -> [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [("row", .integer(row))]
    if let entry = known[row] {
      members += [
        ("path", .string(entry.path)), ("start_s", .number(entry.start)),
        ("end_s", .number(entry.end)),
      ]
    }
    return members
  }
}
