import Foundation
import Settings
import Testing

/// `embed` and `probe` as a user runs them.
@Suite struct EmbedTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"

  @Test func embedsAndProbes() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("E.npy")
    let embedded = try Binary.run(
      "embed", Self.clips + "/ball", "--model", "random", "--preset", "tiny", "--size", "48",
      "--out",
      out, "--json", "--quiet")
    #expect(embedded.status == 0 && embedded.errors.isEmpty)
    let result = try JSONValue.parse(Array(embedded.output.utf8))
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.clips + "/ball").count
    #expect(result["rows"]?.int == files && result["failed"]?.int == 0)
    #expect(result["decode_share"]?.double ?? 0 > 0)
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
        "E.npy", "E.csv", "E.json", "E.failed.csv",
      ])
    #expect(
      try Binary.run("embed", Self.clips + "/ball", "--model", "pixels", "--out", out).status == 73)
    let again = [
      "embed", Self.clips + "/ball", "--model", "random", "--preset", "tiny", "--size", "48",
      "--out",
      out, "--resume", "--json",
    ]
    let complete = try Binary.shell("exec \"$0\" \"$@\"", again)
    let same = try JSONValue.parse(Array(complete.output.utf8))
    #expect(complete.status == 0 && same.object?.keys == result.object?.keys)
    for key in ["rows", "files", "failed", "partial", "dimensions"] {
      #expect(same[key]?.int == result[key]?.int, "\(key)")
    }

    var labels = "path,label\n"
    for number in 1...6 { labels += "ball-0\(number).mp4,\(number % 2 == 0 ? "even" : "odd")\n" }
    try folder.write(labels, to: "labels.csv")
    let svg = folder.file("c.svg")
    let table = folder.file("p.csv")
    let probed = try Binary.run(
      "probe", "--embeddings", out, "--labels", folder.file("labels.csv"), "--features", "pixels",
      "--folds", "3", "--repeats", "2", "--json", "--quiet", "--svg", svg, "--predictions", table)
    #expect(probed.status == 0, "\(probed.errors)")
    let scores = try JSONValue.parse(Array(probed.output.utf8))
    #expect((0...1).contains(scores["linear_accuracy"]?.double ?? -1))
    #expect((0...1).contains(scores["knn_accuracy"]?.double ?? -1))
    #expect(scores["linear_interval"]?.array?.count == 2 && scores["samples"]?.int == 6)
    #expect(scores["baselines"]?.array?.first?["features"]?.string == "pixels")
    #expect(try String(contentsOfFile: svg, encoding: .utf8).contains("</svg>"))
    let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 1 + 2 * 2 * 6)

    try folder.write(labels + "gone.mp4,odd\n", to: "bad.csv")
    let bad = try Binary.run("probe", "--embeddings", out, "--labels", folder.file("bad.csv"))
    #expect(bad.status == 65 && bad.errors.contains("line 8: gone.mp4 is not in"))
    let sized = try Binary.run(
      "probe", "--embeddings", out, "--labels", folder.file("labels.csv"), "--preset", "tiny")
    #expect(sized.status == 64 && sized.errors.contains("--preset has no part in"))
  }

  @Test func mistakesAreNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("no video", to: "a.mp4")
    let out = folder.file("E.npy")
    let bad = try Binary.run("embed", folder.path, "--model", "pixels", "--out", out, "--quiet")
    #expect(bad.status == 65 && bad.errorLines.count == 1)
    #expect(bad.errors.contains("E.failed.csv has the reasons"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("E.partial")))
    let empty = try TemporaryFolder()
    #expect(try Binary.run("embed", empty.path, "--model", "pixels", "--out", out).status == 66)
    #expect(try Binary.run("embed", "/nowhere", "--model", "pixels", "--out", out).status == 66)
    #expect(
      try Binary.run("embed", folder.path, "--model", "pixels", "--out", "E.bin").status == 64)
    #expect(try Binary.run("probe", "--labels", folder.file("none.csv")).status == 66)
    let stride = ["embed", folder.path, "--model", "pixels", "--out", out, "--stride", "1"]
    #expect(try Binary.shell("exec \"$0\" \"$@\"", stride).status == 64)
  }

  /// Killed at any moment, an embedding goes on to the bytes that it would have had.
  @Test func resumesAfterBeingKilled() throws {
    let folder = try TemporaryFolder()
    let common = [
      "embed", Self.clips, "--model", "random", "--preset", "tiny", "--size", "64", "--quiet",
      "--out",
    ]
    let whole = try Binary.shell("exec \"$0\" \"$@\"", common + [folder.file("a.npy")])
    #expect(whole.status == 0)
    _ = try Binary.shell("timeout -s TERM 0.7 \"$0\" \"$@\"", common + [folder.file("b.npy")])
    _ = try Binary.shell(
      "timeout -s KILL 0.7 \"$0\" \"$@\"", common + [folder.file("b.npy"), "--resume"])
    let rest = try Binary.shell("exec \"$0\" \"$@\"", common + [folder.file("b.npy"), "--resume"])
    #expect(rest.status == 0, "\(rest.errors)")
    for name in ["npy", "csv", "failed.csv"] {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: folder.file("a.\(name)")))
          == Data(contentsOf: URL(fileURLWithPath: folder.file("b.\(name)"))))
    }
  }
}
