import ClipData
import Foundation
import Settings

/// What a scan found, as a table or as JSON.
struct ScanReport {
  /// One file; nil in place of the probe says that its name is not a media file's.
  struct Row {
    var path: String
    var probe: VideoProbe?
    var verdict: String { probe?.verdict.rawValue ?? "not media" }
  }

  /// Every file, sorted by path.
  let rows: [Row]

  init(_ index: VideoIndex) {
    let probed = (index.videos + index.unusable).map { Row(path: $0.relativePath, probe: $0.probe) }
    let others = index.others.map { Row(path: $0, probe: nil) }
    rows = (probed + others).sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
  }

  private var usable: [VideoProbe] {
    rows.compactMap(\.probe).filter(\.verdict.isUsableVideo)
  }

  /// How often each verdict was given, in the order of the verdicts; those that occur only.
  private var counts: [(verdict: String, count: Int)] {
    let names = VideoProbe.Verdict.allCases.map(\.rawValue) + ["not media"]
    let occurring = Dictionary(grouping: rows, by: \.verdict)
    return names.compactMap { name in occurring[name].map { (name, $0.count) } }
  }

  /// The table and the totals below it. Files that are not media are counted below the others, or with `all`
  /// listed among them.
  func lines(colour: Bool, all: Bool) -> [String] {
    let head =
      "verdict".padded(to: 12) + "duration".rightAligned(to: 10) + "rate".rightAligned(to: 9)
      + "size".rightAligned(to: 12) + "  " + "codecs".padded(to: 20) + "file"
    let listed = all ? rows : rows.filter { $0.probe != nil }
    let lines = [head] + listed.map { Self.line($0, colour: colour) }
    let others = rows.count - listed.count
    return lines + (others > 0 ? [countOfOthers(others, colour: colour)] : []) + ["", totals]
  }

  /// How many files are not media, by the endings of their names, the most frequent first.
  private func countOfOthers(_ count: Int, colour: Bool) -> String {
    let endings = rows.filter { $0.probe == nil }.map {
      ($0.path as NSString).pathExtension.lowercased()
    }
    let kinds = Dictionary(grouping: endings, by: { $0 }).map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    let shown = kinds.prefix(8).map { "\($0.1) .\($0.0)" }.joined(separator: ", ")
    return Self.coloured("not media".padded(to: 12), 90, colour)
      + "\(counted(count, "file")): \(shown.printable)\(kinds.count > 8 ? ", ..." : ""); --all lists them"
  }

  private static func coloured(_ text: String, _ code: Int, _ colour: Bool) -> String {
    colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private static func line(_ row: Row, colour: Bool) -> String {
    let verdict = coloured(row.verdict.padded(to: 12), colourCode(row), colour)
    let probe = row.probe ?? VideoProbe(verdict: .unreadable)
    let codecs = [probe.videoCodec, probe.audioCodec].filter { !$0.isEmpty }
    let size = probe.width > 0 ? "\(probe.width)x\(probe.height)" : "-"
    let reason = probe.reason.isEmpty ? "" : ": " + probe.reason.printable
    return verdict
      + (probe.duration > 0 ? probe.duration.decimals(2) + " s" : "-").rightAligned(to: 10)
      + (probe.frameRate > 0 ? probe.frameRate.decimals(2) + "/s" : "-").rightAligned(to: 9)
      + size.rightAligned(to: 12) + "  "
      + (codecs.isEmpty ? "-" : codecs.joined(separator: "+")).printable.padded(to: 19) + " "
      + row.path.printable + reason
  }

  private static func colourCode(_ row: Row) -> Int {
    switch row.probe?.verdict {
    case .ok: 32
    case .partial, .audioOnly: 33
    case .unreadable, .refused, .empty: 31
    case nil: 90
    }
  }

  private var totals: String {
    let parts = counts.map { "\($0.count) \($0.verdict)" }.joined(separator: ", ")
    let seconds = usable.reduce(0) { $0 + $1.duration }
    let sounding = usable.count(where: \.hasAudio)
    return "\(counted(rows.count, "file")): \(parts); usable: \(counted(usable.count, "video")), "
      + "\((seconds / 60).decimals(1)) minutes, \(sounding) with sound"
  }

  /// The whole report: `folders`, `files`, `totals`.
  func json(folders: [String]) -> JSONValue {
    let files = rows.map { row -> JSONValue in
      var object = JSONObject([
        ("path", .string(row.path)), ("verdict", .string(row.verdict)),
      ])
      if let probe = row.probe {
        object["reason"] = .string(probe.reason)
        object["duration_s"] = .number(probe.duration)
        object["rate"] = .number(probe.frameRate)
        object["width"] = .integer(probe.width)
        object["height"] = .integer(probe.height)
        object["video"] = .string(probe.videoCodec)
        object["audio"] = .string(probe.audioCodec)
      }
      return .object(object)
    }
    let verdicts = JSONObject(counts.map { ($0.verdict, .integer($0.count)) })
    return [
      "folders": .array(folders.map(JSONValue.string)),
      "files": .array(files),
      "totals": [
        "files": .integer(rows.count),
        "verdicts": .object(verdicts),
        "usable": .integer(usable.count),
        "usable_s": .number(usable.reduce(0) { $0 + $1.duration }),
        "with_audio": .integer(usable.count(where: \.hasAudio)),
      ],
    ]
  }
}
