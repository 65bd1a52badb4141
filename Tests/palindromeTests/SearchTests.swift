import Foundation
import Settings
import Testing

/// `search`, `map` and `export` as a user meets them, on the committed clips.
@Suite(.serialized) struct SearchTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"

  /// A folder with the first clips of three kinds, and their embedding by the plain descriptors.
  private struct Embedded {
    let folder: TemporaryFolder
    let videos: String
    let npy: String

    init(_ arguments: String..., model: String = "pixels") throws {
      folder = try TemporaryFolder()
      videos = try SearchTests.copyClips(to: folder)
      npy = folder.file("e.npy")
      let outcome = try Binary.shell(
        "exec \"$0\" \"$@\"",
        ["embed", videos, "--model", model, "--out", npy, "--quiet"] + arguments)
      guard outcome.status == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
  }

  private static func copyClips(to folder: TemporaryFolder) throws -> String {
    let videos = folder.file("videos")
    for kind in ["ball", "bell", "wheel"] {
      try FileManager.default.createDirectory(
        atPath: "\(videos)/\(kind)", withIntermediateDirectories: true)
      for number in 1...4 {
        let name = "\(kind)/\(kind)-0\(number).mp4"
        try FileManager.default.copyItem(atPath: "\(clips)/\(name)", toPath: "\(videos)/\(name)")
      }
    }
    return videos
  }

  private func json(_ arguments: [String]) throws -> JSONValue {
    let outcome = try Binary.shell("exec \"$0\" \"$@\"", arguments + ["--json", "--quiet"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue.parse(Array(outcome.output.utf8))
  }

  /// Vectors that another version computed are not compared with those of this one.
  @Test func anotherVersionsFeaturesAreNotGoneOnWith() throws {
    let set = try Embedded()
    let path = set.folder.file("e.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("\"features\": 1"))
    try text.replacingOccurrences(of: "\"features\": 1", with: "\"features\": 0")
      .write(toFile: path, atomically: true, encoding: .utf8)
    let labels = set.folder.file("labels.csv")
    try
      "path,label\nball/ball-01.mp4,a\nball/ball-02.mp4,a\nbell/bell-01.mp4,b\nbell/bell-02.mp4,b\n"
      .write(toFile: labels, atomically: true, encoding: .utf8)
    for (arguments, status) in [
      (
        ["search", "--embeddings", set.npy, "--query", set.videos + "/bell/bell-02.mp4"], Int32(65)
      ),
      (["probe", "--embeddings", set.npy, "--labels", labels, "--features", "pixels"], 65),
      (["embed", set.videos, "--model", "pixels", "--out", set.npy, "--resume"], 64),
      (["search", "--embeddings", set.npy, "--query", "0"], 0),
      (["probe", "--embeddings", set.npy, "--labels", labels], 0),
    ] {
      let outcome = try Binary.shell("exec \"$0\" \"$@\"", arguments + ["--quiet"])
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      if status != 0 {
        #expect(outcome.errors.contains("version of palindrome"), "\(outcome.errors)")
      }
    }
  }

  @Test func aFileAndItsRowFindTheSame() throws {
    let set = try Embedded()
    let page = set.folder.file("found.html")
    let byFile = try json([
      "search", "--embeddings", set.npy, "--query", set.videos + "/bell/bell-02.mp4", "-k", "4",
      "--html", page,
    ])
    let found = try #require(byFile["found"]?.array)
    #expect(found.count == 4 && found[0]["path"]?.string == "bell/bell-02.mp4")
    #expect(abs((found[0]["cosine"]?.double ?? 0) - 1) < 1e-5)
    let row = try #require(found[0]["row"]?.int)
    let byRow = try json(["search", "--embeddings", set.npy, "--query", "\(row)", "-k", "3"])
    // The table's own name for it means the same row.
    let byName = try json([
      "search", "--embeddings", set.npy, "--query", "bell/bell-02.mp4", "-k", "3",
    ])
    #expect(byName["found"]?.array?.map { $0["path"] } == byRow["found"]?.array?.map { $0["path"] })
    #expect(
      byRow["found"]?.array?.map { $0["path"] } == found.dropFirst().map { $0["path"] })
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.components(separatedBy: "data:image/jpeg;base64,").count == 1 + 5)
    // A page, or what else stands there, is not written over.
    for path in [page, set.folder.file("e.csv")] {
      let refused = try Binary.run(
        "search", "--embeddings", set.npy, "--query", "\(row)", "--html", path)
      #expect(refused.status == 73 && refused.errorLines.count == 1)
      #expect(refused.errors.contains("\(path): is there already"))
    }
    #expect(try String(contentsOfFile: page, encoding: .utf8) == html)
    let others = try json([
      "search", "--embeddings", set.npy, "--query", "\(row)", "--other-files", "-k", "99",
    ])
    #expect(others["found"]?.array?.count == 11)
  }

  @Test func copiesAreNearDuplicates() throws {
    let folder = try TemporaryFolder()
    let videos = try Self.copyClips(to: folder)
    try FileManager.default.copyItem(
      atPath: videos + "/ball/ball-03.mp4", toPath: videos + "/wheel/copy, of \"it\".mp4")
    let npy = folder.file("e.npy")
    #expect(
      try Binary.run("embed", videos, "--model", "pixels", "--out", npy, "--quiet").status == 0)
    let page = folder.file("twins.html")
    let found = try json([
      "search", "--embeddings", npy, "--duplicates", "0.9999", "--html", page,
    ])
    #expect(found["pairs_found"]?.int == 1 && found["groups"]?.array?.count == 1)
    #expect(
      found["pairs"]?.array?[0]["second"]?["path"]?.string == "wheel/copy, of \"it\".mp4")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("of &quot;it&quot;.mp4"))
    #expect(html.contains("1 pair of clips has a cosine of 0.9999 or more, in 1 group."))
    let listed = try Binary.run("search", "--embeddings", npy, "--duplicates", "0.9999")
    #expect(listed.output.contains("e.npy: 1 pair in 1 group at 0.9999"), "\(listed.output)")
  }

  @Test func drawsAMapWithLabels() throws {
    let set = try Embedded()
    let table = ["ball", "bell"].flatMap { kind in
      (1...4).map { "./\(kind)/\(kind)-0\($0).mp4,\(kind)" }
    }
    try set.folder.write(
      (["path,label"] + table).joined(separator: "\n"), to: "labels.csv")
    func map(_ out: String, _ threads: String) throws -> JSONValue {
      try json([
        "map", "--embeddings", set.npy, "--labels", set.folder.file("labels.csv"), "--out",
        set.folder.file(out), "--neighbours", "4", "--threads", threads,
      ])
    }
    let result = try map("a.html", "1")
    #expect(result["clips"]?.int == 12 && result["unlabelled"]?.int == 4)
    #expect(result["pictures"]?.int == 12)
    _ = try map("b.html", "3")
    let pages = try ["a.html", "b.html"].map {
      try String(contentsOfFile: set.folder.file($0), encoding: .utf8)
    }
    #expect(pages[0] == pages[1])
    #expect(pages[0].contains("\"labels\":[\"ball\",\"bell\"]"))
  }

  @Test func aRunGoesThroughEverySpaceAndFormat() throws {
    let folder = try TemporaryFolder()
    let videos = try Self.copyClips(to: folder)
    let run = folder.file("run")
    let trained = try Binary.run(
      "pretrain", videos, "--out", run, "--preset", "tiny", "--steps", "2", "--batch", "4",
      "--objectives", "av", "--quiet")
    #expect(trained.status == 0, "\(trained.errors)")
    let (npy, held) = (folder.file("av.npy"), folder.file("held.npy"))
    let whole = try json([
      "embed", videos, "--model", run, "--out", npy, "--space", "av", "--per-window",
    ])
    #expect(whole["rows"]?.int == 24 && whole["dimensions"]?.int == 256)
    let heldOut = try json(["embed", videos, "--model", run, "--out", held, "--held-out"])
    #expect(heldOut["files"]?.int == 4)
    // The weights alone do not tell the scale of the sound's bands.
    let weights = folder.file("weights.safetensors")
    try FileManager.default.copyItem(atPath: run + "/model.safetensors", toPath: weights)
    try folder.write(
      "path,label\n"
        + ["ball", "bell"].flatMap { kind in (1...4).map { "\(kind)/\(kind)-0\($0).mp4,\(kind)\n" }
        }
        .joined(), to: "videos/labels.csv")
    let made = folder.file("alone.npy")
    for (arguments, status) in [
      (["embed", videos, "--model", weights, "--out", made], 0),
      (["embed", videos, "--model", weights, "--out", made, "--modality", "both"], 64),
      (["probe", "--features", weights, "--labels", videos + "/labels.csv", "--repeats", "1"], 0),
      (["export", weights, "--onnx", folder.file("alone.onnx")], 0),
    ] as [([String], Int32)] {
      let alone = try Binary.shell("exec \"$0\" \"$@\"", arguments)
      #expect(alone.status == status, "\(alone.errors)")
      #expect(alone.errors.contains("\(weights): its audio encoder is left out"))
    }
    let retrieval = try json(["search", "--embeddings", npy, "--retrieval"])
    for way in ["video_by_audio", "audio_by_video"] {
      let scores = try #require(retrieval[way])
      let recall = try #require(scores["recall@5"]?.double)
      // Two windows a file: a row's partner is sought among one of each of 11 other files.
      #expect(abs((scores["chance@5"]?.double ?? 0) - 5.0 / 12) < 1e-9)
      #expect((0...1).contains(recall) && scores["clips"]?.int == 24)
    }
    // The model of the embeddings is sought where it was.
    try FileManager.default.moveItem(atPath: run, toPath: run + "-moved")
    let clip = videos + "/bell/bell-01.mp4"
    let lost = try Binary.run("search", "--embeddings", npy, "--query", clip)
    #expect(lost.status == 66 && lost.errorLines.count == 1)
    #expect(
      lost.errors.contains(
        "\(npy): \(run), the model that made it, is not there any more; say with --model"))
    let told = try Binary.run(
      "search", "--embeddings", npy, "--query", clip, "--model", run + "-moved")
    #expect(told.status == 0, "\(told.errors)")
    try FileManager.default.moveItem(atPath: run + "-moved", toPath: run)
    let sound = folder.file("sound.wav")
    try writeTone(to: sound)
    let crossed = try json(["search", "--embeddings", npy, "--query", sound, "--find", "video"])
    #expect(crossed["by"]?.string == "audio" && crossed["found"]?.array?.count == 10)

    let (torch, onnx) = (folder.file("torch"), folder.file("e.onnx"))
    let written = try json(["export", run, "--torch", torch, "--onnx", onnx])
    #expect(written["onnx_audio"]?.string == folder.file("e.audio.onnx"))
    for path in [
      torch + "/load.py", torch + "/config.json", torch + "/model.safetensors", onnx,
      folder.file("e.audio.onnx"),
    ] {
      #expect(FileManager.default.fileExists(atPath: path), "\(path)")
    }
    let again = try Binary.run("export", run, "--torch", torch)
    #expect(again.status == 73 && again.errorLines.count == 1)
  }

  /// Two seconds of a tone as 16-bit mono at 16 kHz.
  private func writeTone(to path: String) throws {
    let samples = (0..<32_000).map { Int16(8000 * sin(Double($0) * 0.2)) }
    func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    var bytes = Array("RIFF".utf8) + little(UInt32(36 + 64_000)) + Array("WAVEfmt ".utf8)
    bytes += little(UInt32(16)) + little(UInt16(1)) + little(UInt16(1)) + little(UInt32(16_000))
    bytes += little(UInt32(32_000)) + little(UInt16(2)) + little(UInt16(16))
    bytes += Array("data".utf8) + little(UInt32(64_000)) + samples.flatMap { little($0) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func mistakesAreNamed() throws {
    let set = try Embedded("--modality", "video")
    let drawn = try Embedded("--preset", "tiny", "--size", "32", model: "random")
    let other = try TemporaryFolder()
    try other.write("path,label\nnowhere.mp4,a\n", to: "labels.csv")
    try other.write("no array", to: "bad.npy")
    let map = ["map", "--embeddings", set.npy, "--out", other.file("m.html")]
    let search = ["search", "--embeddings", set.npy]
    for (arguments, status, word) in [
      (search, 64, "--query"), (search + ["--query", "1", "--retrieval"], 64, "not several"),
      (search + ["--query", "12"], 64, "0 to 11"),
      (search + ["--query", "none.mp4"], 66, "none.mp4"),
      (search + ["--query", "1", "--find", "audio"], 64, "audio"),
      (search + ["--retrieval"], 64, "--space av"),
      (search + ["--retrieval", "--html", other.file("r.html")], 64, "--html"),
      (search + ["--retrieval", "--by", "video"], 64, "--by"),
      (search + ["--duplicates", "0.9", "-k", "3"], 64, "--count"),
      (search + ["--duplicates", "0.9", "--find", "video"], 64, "--find"),
      (search + ["--query", "1", "--limit", "3"], 64, "--limit"),
      (search + ["--query", "1", "--model", "random"], 64, "--model"),
      (
        search + ["--query", Self.clips + "/ball/ball-05.mp4", "--model", "random"], 65, "by pixels"
      ),
      (
        [
          "search", "--embeddings", drawn.npy, "--query", Self.clips + "/ball/ball-05.mp4",
          "--model", "pixels",
        ], 65, "by random"
      ),
      (["probe", "--labels", other.file("labels.csv"), "--held-out"], 64, "--held-out"),
      (search + ["--query", "1", "-k", "0"], 64, "--count"),
      (search + ["--query", Self.clips + "/labels.csv"], 65, "labels.csv"),
      (
        search + ["--query", Self.clips + "/ball/ball-05.mp4", "--model", "none"], 66, "none"
      ),
      (["search", "--embeddings", other.file("bad.npy"), "--query", "1"], 65, "bad.npy"),
      (["search", "--embeddings", other.file("none.npy"), "--query", "1"], 66, "none.npy"),
      (map + ["--labels", other.file("labels.csv")], 65, "labels.csv"),
      (map + ["--labels", other.file("none.csv")], 66, "none.csv"),
      (["export", "random", "--onnx", other.file("x.onnx")], 64, "random"),
      (["export", other.file("none")], 64, "--torch"),
      (["export", other.file("none"), "--torch", other.file("t")], 66, "none"),
      (
        ["embed", set.videos, "--model", "pixels", "--space", "av", "--out", other.file("v.npy")],
        64, "objective av"
      ),
      (
        ["embed", set.videos, "--model", "random", "--held-out", "--out", other.file("h.npy")], 64,
        "--held-out"
      ),
    ] as [([String], Int32, String)] {
      let outcome = try Binary.shell("exec \"$0\" \"$@\"", arguments)
      #expect(outcome.status == status, "\(arguments) \(outcome.errors)")
      #expect(
        outcome.errorLines.count == 1 && outcome.errors.contains(word),
        "\(arguments) \(outcome.errors)")
    }
  }
}
