import Foundation
import Settings
import Testing

private let data = ProcessInfo.processInfo.environment["PALINDROME_DATA"] ?? ""

@Suite struct ScanTests {
  @Test func missingFolderIsNoInput() throws {
    let outcome = try Binary.run("scan", "/nonexistent/videos")
    #expect(outcome.status == 66)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("palindrome: /nonexistent/videos: "))
    #expect(outcome.errors.contains("; "))
  }

  @Test func emptyFolderIsNoInput() throws {
    let folder = try TemporaryFolder()
    let outcome = try Binary.run("scan", folder.path)
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(folder.path))
  }

  /// Nothing usable is no input, but what there is has been told before.
  @Test func everyFileHasItsVerdict() throws {
    let folder = try TemporaryFolder()
    try folder.write("path,label\n", to: "labels.csv")
    try folder.write("not a film", to: "broken.mp4")
    try folder.write("", to: "nothing.mp4")
    try folder.write("two\nlines", to: "odd\nname.txt")
    let outcome = try Binary.run("scan", folder.path, "--quiet", "--all")
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("palindrome: \(folder.path): no usable video"))
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("not media") && $0.hasSuffix("labels.csv") })
    #expect(lines.contains { $0.hasPrefix("not media") && $0.hasSuffix("odd\\nname.txt") })
    #expect(lines.contains { $0.hasPrefix("unreadable") && $0.contains("broken.mp4: ") })
    #expect(lines.contains { $0.hasPrefix("empty") && $0.contains("nothing.mp4: ") })
    #expect(!outcome.output.contains("\u{1B}"))

    let brief = try Binary.run("scan", folder.path)
    #expect(brief.output.contains("not media   2 files: 1 .csv, 1 .txt; --all lists them\n"))
    #expect(!brief.output.contains("labels.csv"))
    #expect(brief.output.contains("4 files: 1 unreadable, 1 empty, 2 not media; usable: 0 videos"))

    let json = try JSONValue.parse(try Binary.run("scan", folder.path, "--json").output)
    #expect(json["files"]?.array?.count == 4)
    #expect(json["totals"]?["verdicts"]?["not media"]?.int == 2)
    #expect(json["totals"]?["usable"]?.int == 0)
  }

  @Test func aSingleFileIsLookedAt() throws {
    let clip =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/clips/ball/ball-01.mp4"
    let outcome = try Binary.run("scan", clip)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("1 file: 1 ok; usable: 1 video,"))
    #expect(!outcome.output.contains("not media"))
  }

  @Test(.enabled(if: !data.isEmpty)) func oddAndHostileFilesAllGetAVerdict() throws {
    let root = data + "/stress"
    let outcome = try Binary.run("scan", root, "--json")
    #expect(outcome.status == 0)
    let files = try #require(try JSONValue.parse(outcome.output)["files"]?.array)
    let present = FileManager.default.enumerator(atPath: root)?.compactMap { entry -> String? in
      guard let name = entry as? String else { return nil }
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isFolder)
      let hidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      return isFolder.boolValue || hidden ? nil : name
    }
    #expect(Set(files.compactMap { $0["path"]?.string }) == Set(present ?? []))
    for file in files {
      let verdict = try #require(file["verdict"]?.string)
      guard verdict != "ok", verdict != "not media" else { continue }
      #expect(file["reason"]?.string?.isEmpty == false, "\(file["path"]?.string ?? "")")
    }
  }
}
