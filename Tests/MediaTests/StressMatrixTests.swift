import ClipData
import Foundation
import Testing

@testable import Media

/// The table of `docs/stress.md` is what becomes of each stress file: verdict, size, pictures in the first second,
/// sound, and the reason or the warnings.
@Suite(.enabled(if: TestFiles.isPresent))
struct StressMatrixTests {
  private static let document = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/stress.md")

  /// What is found of one file, as its line of the table ends.
  private func found(_ path: String) throws -> String {
    let source = MediaSource()
    let probe = try source.probe(path: path)
    let request = SegmentRequest(start: 0, duration: 1, rate: 8, shortSide: 64)
    let (frames, heard, notes): (String, Bool, [String])
    do {
      let segment = try source.segment(path: path, request)
      (frames, heard) = (
        segment.times.isEmpty ? "-" : "\(segment.times.count)", !segment.audio.isEmpty
      )
      notes = [probe.reason] + segment.warnings
    } catch {
      let sound = try source.sound(path: path, start: 0, count: 16, rate: 16_000)
      (frames, heard) = ("-", sound != nil)
      notes = [probe.reason]
    }
    var texts: [String] = []
    for text in notes where !text.isEmpty && !texts.contains(text) { texts.append(text) }
    return [
      probe.verdict.rawValue, probe.width > 0 ? "\(probe.width)x\(probe.height)" : "-", frames,
      heard ? probe.audioCodec : "-", texts.joined(separator: "; "),
    ].map { $0.replacingOccurrences(of: "|", with: "/") }.joined(separator: " | ")
  }

  /// What tells of the files.
  private static func isText(_ path: String) -> Bool {
    ["txt", "csv", "json"].contains(URL(filePath: path).pathExtension)
  }

  @Test func everyFileIsWhatTheTableSays() throws {
    let lines = try String(contentsOf: Self.document, encoding: .utf8).split(separator: "\n")
    var table: [String: String] = [:]
    for line in lines where line.hasPrefix("| `") {
      let fields = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
      let name = fields[0].trimmingCharacters(in: ["`"])
      // Files lie in folders; the document's other tables have words.
      if name.contains("/") { table[name] = fields.dropFirst(2).joined(separator: " | ") }
    }
    var seen: Set<String> = []
    for path in TestFiles.files("stress") where !Self.isText(path) {
      let name = path.components(separatedBy: "/stress/").last ?? path
      seen.insert(name)
      let now = try found(path)
      #expect(table[name] == now, "\(name)")
    }
    #expect(Set(table.keys) == seen)
  }
}
