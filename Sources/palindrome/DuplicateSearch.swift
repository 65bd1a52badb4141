import Neighbours
import Reporting
import Settings
import Storage

/// `search --duplicates`: pairs and groups of clips that are almost the same.
struct DuplicateSearch {
  private var set: SearchSet
  private let threshold: Double
  private let invocation: Invocation
  /// Groups and members of each that are shown on a page.
  private static let shown = (groups: 100, members: 24)

  init(_ set: SearchSet, threshold: Double, _ invocation: Invocation) {
    self.set = set
    self.threshold = threshold
    self.invocation = invocation
  }

  mutating func run() throws {
    let values = invocation.values
    let part = values[SearchOptions.by].flatMap(SearchSet.Part.init) ?? .both
    let found = try NearDuplicates(
      try set.part(part), threshold: Float(threshold), limit: values[SearchOptions.limit],
      files: try set.fileNumbers())
    set = try set.knowing(
      found.pairs.flatMap { [$0.first, $0.second] } + found.groups.flatMap { $0 })
    if let path = values[SearchOptions.html] {
      try AtomicFile.write(page(found).render(), to: path)
      invocation.console.endProgress()
    }
    if invocation.wantsJSON {
      invocation.console.result(json(found).text())
    } else {
      text(found)
    }
  }

  private func text(_ found: NearDuplicates) {
    for pair in found.pairs {
      invocation.console.result(
        Double(pair.score).decimals(4) + "  \(name(pair.first))  \(name(pair.second))")
    }
    let listed =
      found.count > found.pairs.count ? "; the nearest \(found.pairs.count) are listed" : ""
    invocation.console.result(
      "\(set.path): \(counted(found.count, "pair")) in \(counted(found.groups.count, "group")) at \(threshold)\(listed)"
    )
  }

  private func name(_ row: Int) -> String {
    guard set.description != nil else { return "\(row)" }
    return "\(row) \(set.title(row).printable) \(set.span(row))"
  }

  private func json(_ found: NearDuplicates) -> JSONValue {
    [
      "threshold": .number(threshold), "pairs_found": .integer(found.count),
      "pairs": .array(
        found.pairs.map { pair in
          [
            "cosine": .number(Double(pair.score)),
            "first": .object(JSONObject(set.members(pair.first))),
            "second": .object(JSONObject(set.members(pair.second))),
          ]
        }),
      "groups": .array(found.groups.map { .array($0.map { .integer($0) }) }),
    ]
  }

  private func page(_ found: NearDuplicates) throws -> ClipSheet {
    let groups = found.groups.prefix(Self.shown.groups).map {
      (size: $0.count, rows: Array($0.prefix(Self.shown.members)))
    }
    let rows = groups.flatMap(\.rows)
    let console = invocation.console
    var images = Thumbnails.make(set, rows: rows, try invocation.decoding.source()) { done in
      console.progress("thumbnails: \(done) of \(rows.count)")
    }[...]
    let sections = groups.enumerated().map { index, group in
      let items = group.rows.map { row in
        ClipSheet.Item(
          title: set.title(row), detail: set.span(row), image: images.popFirst() ?? nil)
      }
      let more = group.size > items.count ? ", the first \(items.count) shown" : ""
      return ClipSheet.Section("Group \(index + 1): \(group.size) clips\(more)", items)
    }
    let left =
      found.groups.count > groups.count ? " The first \(groups.count) groups are shown." : ""
    return ClipSheet(
      title: "Near duplicates",
      status:
        "\(counted(found.count, "pair of clips has", "pairs of clips have")) a cosine of \(threshold) or more, in "
        + "\(counted(found.groups.count, "group")).\(left)",
      sections: sections)
  }
}
