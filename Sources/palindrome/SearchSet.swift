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
  /// What the rows are of, and what they were made with; nil where `embed` did not make the file.
  let made: (table: [EmbeddingRow], description: EmbeddingDescription)?

  init(_ path: String) throws {
    let files = try EmbeddingFiles(path)
    self.path = path
    vectors = try NpyRows(path)
    guard vectors.rows > 0, vectors.columns > 0 else {
      throw CommandFailure(.noInput, "\(path): has no rows; embed some clips")
    }
    guard Folder.names(in: Folder.parent(of: path)).contains(Folder.lastName(of: files.json)) else {
      made = nil
      return
    }
    let known = try EmbeddingSet(path)
    made = (known.rows, known.description)
  }

  var table: [EmbeddingRow]? { made?.table }

  /// Whether pictures and sounds lie in one space, so that one finds the other.
  var isShared: Bool { made?.description.settings.space == .av && hasBothParts }

  private var hasBothParts: Bool {
    made.map { $0.description.videoDimensions > 0 && $0.description.audioDimensions > 0 } ?? false
  }

  /// The columns of a part; throws where the file has no such part of its own.
  func part(_ part: Part) throws(CommandFailure) -> Vectors {
    let video = made?.description.videoDimensions ?? 0
    switch part {
    case .both: return Vectors(vectors)
    case .video where video > 0: return Vectors(vectors, columns: 0..<video)
    case .audio where made.map({ $0.description.audioDimensions > 0 }) ?? false:
      return Vectors(vectors, columns: video..<vectors.columns)
    default:
      throw CommandFailure(
        .usage,
        "\(path): its rows have no \(part.rawValue) part; embed with --modality both")
    }
  }

  /// A number for each row, the same for rows of one file.
  var files: [Int32] {
    guard let table else { return (0..<Int32(vectors.rows)).map { $0 } }
    var numbers: [String: Int32] = [:]
    return table.map { row in
      if let known = numbers[row.path] { return known }
      let next = Int32(numbers.count)
      numbers[row.path] = next
      return next
    }
  }

  /// What a row is called.
  func title(_ row: Int) -> String { table?[row].path ?? "row \(row)" }

  /// Where in its file a row is.
  func span(_ row: Int) -> String {
    guard let entry = table?[row] else { return "" }
    return "\(NumberText.fixed(entry.start, 1))–\(NumberText.fixed(entry.end, 1)) s"
  }

  /// The path of a row's file as it can be opened.
  func file(_ row: Int) -> String? { made.map { $0.description.folder + "/" + $0.table[row].path } }

  /// The moment whose picture stands for a row.
  func moment(_ row: Int) -> Double { table.map { ($0[row].start + $0[row].end) / 2 } ?? 0 }

  /// What is known of a row, for `--json`.
  func members(_ row: Int) -> [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [("row", .integer(row))]
    if let entry = table?[row] {
      members += [
        ("path", .string(entry.path)), ("start_s", .number(entry.start)),
        ("end_s", .number(entry.end)),
      ]
    }
    return members
  }
}
