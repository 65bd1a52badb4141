import Settings
import Storage

/// Points by frame, from a table `frame,id,x,y[,visible]` or from a JSON file as the BADJA joints come in.
///
/// Coordinates are pixels of the frame, (0, 0) the upper left corner of the first pixel.
package struct PointTable: Sendable {
  package struct Row: Sendable, Equatable {
    package var frame: Int
    package var id: String
    package var x: Double
    package var y: Double
    package var isVisible: Bool
  }
  /// Pixels of a side of a frame.
  private static let mostPixels = 16_384
  package let rows: [Row]
  /// Pixels of the frames that the coordinates are of; nil where the file does not say.
  package let size: (width: Int, height: Int)?

  /// Reads the file at `path`; by its name, JSON or CSV.
  package init(_ path: String) throws {
    let bytes = try readBytes(path, limit: 64 << 20)
    if path.hasSuffix(".json") {
      (rows, size) = try Self.json(bytes, path)
    } else {
      rows = try Self.csv(bytes, path)
      size = nil
    }
    guard !rows.isEmpty else {
      throw EvaluationError(.badData, "\(path): holds no points; give rows of frame,id,x,y")
    }
    var seen: Set<[String]> = []
    for row in rows {
      guard row.frame >= 0, row.x.isFinite, row.y.isFinite, abs(row.x) < 1e6, abs(row.y) < 1e6
      else {
        throw EvaluationError(
          .badData,
          "\(path): frame \(row.frame), point \(row.id): no place in a picture; correct it")
      }
      guard seen.insert([String(row.frame), row.id]).inserted else {
        throw EvaluationError(
          .badData, "\(path): frame \(row.frame) has the point \(row.id) twice; remove one")
      }
    }
  }

  private static func csv(_ bytes: [UInt8], _ path: String) throws(EvaluationError) -> [Row] {
    let table: CSVTable
    do {
      table = try CSVTable(bytes: bytes, path: path)
    } catch {
      throw EvaluationError(.badData, "\(error)")
    }
    let places = ["frame", "id", "x", "y"].map { table.column($0) }
    guard let frame = places[0], let id = places[1], let x = places[2], let y = places[3] else {
      throw EvaluationError(.badData, "\(path): its first line must name the columns frame,id,x,y")
    }
    let visible = table.column("visible")
    return try table.rows.map { (row) throws(EvaluationError) in
      func plain(_ column: Int) -> String { row.fields[column].filter { !$0.isWhitespace } }
      guard let at = Int(plain(frame)), !plain(id).isEmpty, let px = Double(plain(x)),
        let py = Double(plain(y)), let shown = visible.map({ truth(plain($0)) }) ?? .some(true)
      else {
        throw EvaluationError(
          .badData,
          "\(path): line \(row.line) is not \(table.header.joined(separator: ",")); correct it")
      }
      return Row(frame: at, id: row.fields[id], x: px, y: py, isVisible: shown)
    }
  }

  private static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "yes": true
    case "0", "false", "no": false
    default: nil
    }
  }

  private static func json(
    _ bytes: [UInt8], _ path: String
  ) throws(EvaluationError) -> ([Row], (width: Int, height: Int)?) {
    func fault(_ what: String) -> EvaluationError {
      EvaluationError(.badData, "\(path): \(what); give frames with points by id")
    }
    let value: JSONValue
    do {
      value = try JSONValue.parse(bytes)
    } catch {
      throw fault("\(error)")
    }
    guard let frames = value["frames"]?.array else { throw fault("has no list of frames") }
    var rows: [Row] = []
    for entry in frames {
      guard let frame = entry["frame"]?.int, let points = entry["points"]?.object else {
        throw fault("an entry has no frame or no points")
      }
      for (id, place) in points.members {
        guard let pair = place.array, pair.count == 2, let x = pair[0].double,
          let y = pair[1].double
        else { throw fault("frame \(frame), point \(id) is no [x, y]") }
        rows.append(Row(frame: frame, id: id, x: x, y: y, isVisible: true))
      }
    }
    guard value["width"] != nil || value["height"] != nil else { return (rows, nil) }
    guard let width = value["width"]?.int, let height = value["height"]?.int,
      (1...mostPixels).contains(width), (1...mostPixels).contains(height)
    else { throw fault("width and height are no size of a frame") }
    return (rows, (width, height))
  }

  /// The rows in pixels of frames of `width` × `height`, brought from the size that the file tells of.
  package func rows(width: Int, height: Int) -> [Row] {
    guard let size else { return rows }
    let (sx, sy) = (
      Double(width) / Double(size.width), Double(height) / Double(size.height)
    )
    return rows.map { row in
      var row = row
      (row.x, row.y) = (row.x * sx, row.y * sy)
      return row
    }
  }

  /// The rows of each frame that has any, in order.
  package var byFrame: [(frame: Int, rows: [Row])] {
    Dictionary(grouping: rows, by: \.frame).sorted { $0.key < $1.key }
      .map { (frame: $0.key, rows: $0.value) }
  }
}
