import Neighbours
import Reporting
import Settings
import Storage

/// `search --query`: the clips nearest to one.
struct QuerySearch {
  private var set: SearchSet
  private let text: String
  private let invocation: Invocation

  init(_ set: SearchSet, _ text: String, _ invocation: Invocation) {
    self.set = set
    self.text = text
    self.invocation = invocation
  }

  mutating func run() throws {
    let values = invocation.values
    let query = try SearchQuery(text, set, invocation)
    let (by, find) = try query.parts(
      by: values[SearchOptions.by].flatMap(SearchSet.Part.init),
      find: values[SearchOptions.find].flatMap(SearchSet.Part.init))
    let vector = try query.vector(by)
    guard vector.contains(where: { $0 != 0 }) else {
      throw CommandFailure(
        .badData,
        by == .both
          ? "\(query.title): nothing was seen or heard in it; choose another query"
          : "\(query.title): it has no \(by.rawValue) to search by; choose another query or --by")
    }
    let left = try left(out: query, across: by != find)
    let clock = ContinuousClock()
    let start = clock.now
    let wanted = values[SearchOptions.count]
    let found = try CosineSearch(try set.part(find)).nearest(
      to: vector, count: wanted + left.count
    ).filter { !left.contains($0.row) }.prefix(wanted)
    let seconds = (clock.now - start) / .seconds(1)
    set = try set.knowing(found.map(\.row))
    if let path = values[SearchOptions.html] {
      try AtomicFile.write(try page(query, Array(found)).render(), to: path)
      invocation.console.endProgress()
    }
    report(Array(found), by, find, seconds: seconds)
  }

  /// Rows that are not wanted: the query itself, unless another part of it is sought, or all of its file.
  private func left(out query: SearchQuery, across: Bool) throws -> Set<Int> {
    guard invocation.values[SearchOptions.others] else {
      return across ? [] : Set(query.row.map { [$0] } ?? [])
    }
    guard let row = query.row, let table = try set.table() else {
      throw CommandFailure(
        .usage, "--other-files needs the number of a row as --query, and a table beside \(set.path)"
      )
    }
    return Set(table.indices.filter { table[$0].path == table[row].path })
  }

  private func page(_ query: SearchQuery, _ found: [Match]) throws -> ClipSheet {
    let source = try invocation.decoding.source()
    let console = invocation.console
    let images = Thumbnails.make(set, rows: found.map(\.row), source) { done in
      console.progress("thumbnails: \(done) of \(found.count)")
    }
    let items = zip(found, images).map { match, image in
      ClipSheet.Item(
        title: set.title(match.row), detail: set.span(match.row), score: Double(match.score),
        image: image)
    }
    return ClipSheet(
      title: "Nearest to \(query.title)",
      status:
        "\(found.count) of \(counted(set.vectors.rows, "clip")) by the cosine of their embeddings.",
      sections: [.init("Query", [query.item(source)]), .init("Nearest first", items)])
  }

  private func report(
    _ found: [Match], _ by: SearchSet.Part, _ find: SearchSet.Part, seconds: Double
  ) {
    if invocation.wantsJSON {
      let rows = found.map { match in
        JSONValue.object(
          JSONObject(set.members(match.row) + [("cosine", .number(Double(match.score)))]))
      }
      return invocation.console.result(
        JSONValue.object(
          JSONObject([
            ("query", .string(text)), ("by", .string(by.rawValue)),
            ("find", .string(find.rawValue)), ("rows", .integer(set.vectors.rows)),
            ("seconds", .number(seconds)), ("found", .array(rows)),
          ])
        ).text())
    }
    for (rank, match) in found.enumerated() {
      let span = set.span(match.row)
      invocation.console.result(
        "\(rank + 1)".rightAligned(to: 4) + Double(match.score).decimals(4).rightAligned(to: 9)
          + "  " + "\(match.row)".rightAligned(to: 8) + "  " + set.title(match.row).printable
          + (span.isEmpty ? "" : "  " + span))
    }
  }
}
