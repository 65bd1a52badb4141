import ClipData
import Foundation
import Media
import Settings
import Testing

/// Decoding in processes of their own: the same results, and files that make a decoder crash, hang, babble or eat
/// memory cost themselves alone.
@Suite struct IsolationTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"
  private let plain = "exec \"$0\" \"$@\""
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A folder of links to sample clips, under `names`.
  private func videos(_ name: String, _ names: [String]) throws -> String {
    let path = folder.file(name)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (index, name) in names.enumerated() {
      try FileManager.default.createSymbolicLink(
        atPath: path + "/" + name,
        withDestinationPath: Self.clips + "/ball/ball-0\(index % 6 + 1).mp4")
    }
    return path
  }

  private func faults(_ request: String, _ kinds: [String]) -> [String: String] {
    let entries = kinds.map { "\(request):\($0):\($0).mp4" }
    return ["PALINDROME_DECODE_FAULT": entries.joined(separator: ",")]
  }

  /// Processes of decoders that `parent` has left behind.
  private func left(by parent: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
      guard let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
        return false
      }
      let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return words.dropFirst().elementsEqual(["decode-worker", parent])
    }
  }

  private let kinds = ["crash", "hang", "memory", "babble", "exit"]
  private let reasons = [
    "crash": "its decoder crashed (SIGSEGV)", "hang": "its decoder hung and was stopped",
    "memory": "its decoder took more than the 286 MB that it may (SIGABRT)",
    "babble": "its decoder gave a senseless answer", "exit": "its decoder crashed (status 3)",
  ]
  private let limits = ["--decode-timeout", "5", "--decode-memory", "0.3"]

  @Test func filesThatBreakADecoderAreNamedAndTheOthersGoOn() throws {
    let good = ["a.mp4", "b.mp4", "z.mp4"]
    let root = try videos("mixed", good + kinds.map { $0 + ".mp4" })
    let outcome = try Binary.shell(
      "echo $$ >&2; exec \"$0\" \"$@\"",
      ["scan", root, "--json", "--quiet"] + limits, environment: faults("probe", kinds))
    #expect(outcome.status == 0)
    let process = try #require(outcome.errorLines.first)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(try left(by: String(process)) == [])
    let files = try #require(try JSONValue.parse(outcome.output)["files"]?.array)
    #expect(files.count == good.count + kinds.count)
    for file in files {
      let name = try #require(file["path"]?.string)
      let reason = try #require(file["reason"]?.string)
      if let wanted = reasons[String(name.dropLast(4))] {
        #expect(file["verdict"]?.string == "unreadable")
        #expect(reason.hasPrefix(wanted), "\(name): \(reason)")
      } else {
        #expect(file["verdict"]?.string == "ok" && reason.isEmpty, "\(name): \(reason)")
      }
    }
  }

  @Test func sameBitsWithAndWithout() throws {
    let root = try videos("good", (0..<6).map { "\($0).mp4" })
    var scans: [String] = []
    for isolation in ["on", "off"] {
      scans.append(
        try Binary.run("scan", root, "--json", "--isolation", isolation).output)
      let out = folder.file(isolation + ".npy")
      let embedded = try Binary.run(
        "embed", root, "--model", "pixels", "--per-window", "--out", out, "--isolation", isolation)
      #expect(embedded.status == 0, "\(embedded.errors)")
      let tracked = try Binary.run(
        "track", "--video", root + "/3.mp4", "--model", "pixels", "--box", "20,20,24,24", "--from",
        "9", "--out", folder.file("track-" + isolation), "--isolation", isolation)
      #expect(tracked.status == 0, "\(tracked.errors)")
    }
    #expect(scans[0] == scans[1])
    for (one, other) in [
      ("on.npy", "off.npy"), ("on.csv", "off.csv"), ("track-on/tracks.csv", "track-off/tracks.csv"),
      ("track-on/overlay.mp4", "track-off/overlay.mp4"),
      ("track-on/masks/00000.png", "track-off/masks/00000.png"),
    ] {
      #expect(try content(one) == content(other), "\(one)")
    }
  }

  private func content(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
  }

  private func pretrain(
    _ root: String, _ run: String, _ more: [String] = [], batch: Int = 2, holdout: Double = 0.01
  ) -> [String] {
    [
      "pretrain", root, "--out", folder.file(run), "--cache", folder.file(run + "-cache"),
      "--preset", "tiny", "--size", "32", "--batch", "\(batch)", "--steps", "3", "--holdout",
      "\(holdout)",
    ] + more
  }

  /// Bad files in the folder change nothing of what is learnt from the others, isolation neither.
  @Test func trainingIsThatOfTheGoodFilesAlone() throws {
    let names = ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]
    let good = try videos("few", names)
    let mixed = try videos("all", names + kinds.map { $0 + ".mp4" })
    let without = try Binary.shell(plain, pretrain(good, "good", ["--isolation", "off"]))
    #expect(without.status == 0, "\(without.errors)")
    let with = try Binary.shell(
      plain, pretrain(mixed, "mixed", limits), environment: faults("probe", kinds))
    #expect(with.status == 0, "\(with.errors)")
    #expect(try content("good/model.safetensors") == content("mixed/model.safetensors"))
    for kind in kinds {
      #expect(
        with.errors.contains("left out: \(kind).mp4: \(reasons[kind] ?? "")"), "\(with.errors)")
    }
  }

  /// What breaks only in the middle of training is skipped there, named, and listed in the report.
  @Test func trainingGoesOnPastAFileThatBreaksLater() throws {
    let root = try videos("late", ["a.mp4", "b.mp4", "c.mp4", "crash.mp4"])
    let outcome = try Binary.shell(
      plain, pretrain(root, "run", limits, batch: 4, holdout: 0),
      environment: faults("segment", ["crash"]))
    #expect(outcome.status == 0, "\(outcome.errors)")
    let line = "clip skipped: crash.mp4: \(root)/crash.mp4: its decoder crashed (SIGSEGV); "
    #expect(outcome.errors.contains(line), "\(outcome.errors)")
    let report = String(decoding: try content("run/report.html"), as: UTF8.self)
    #expect(report.contains("its decoder crashed (SIGSEGV)"))
  }

  @Test func embeddingListsAndTrackingNamesTheFile() throws {
    let root = try videos("embedded", ["a.mp4", "b.mp4", "crash.mp4", "hang.mp4"])
    let out = folder.file("E.npy")
    let embedded = try Binary.shell(
      plain, ["embed", root, "--model", "pixels", "--out", out, "--json"] + limits,
      environment: faults("pictures", ["crash", "hang"]))
    #expect(embedded.status == 0, "\(embedded.errors)")
    let result = try JSONValue.parse(embedded.output)
    #expect(result["rows"]?.int == 2 && result["failed"]?.int == 2)
    let failed = String(decoding: try content("E.failed.csv"), as: UTF8.self)
    for kind in ["crash", "hang"] {
      #expect(failed.contains("\(kind).mp4") && failed.contains(reasons[kind] ?? "-"), "\(failed)")
    }
    let tracked = try Binary.shell(
      plain,
      [
        "track", "--video", root + "/crash.mp4", "--model", "pixels", "--box", "20,20,24,24",
        "--out", folder.file("tracked"),
      ] + limits, environment: faults("next", ["crash"]))
    #expect(tracked.status == 65)
    #expect(tracked.errorLines.count == 1)
    #expect(
      tracked.errors.hasPrefix(
        "palindrome: \(root)/crash.mp4: its decoder crashed (SIGSEGV); leave"))
    // Its pictures decode: that it is too slow to be looked into says nothing against them.
    let slow = try Binary.shell(
      plain,
      [
        "track", "--video", root + "/hang.mp4", "--model", "pixels", "--box", "20,20,24,24",
        "--out", folder.file("tracked"),
      ] + limits, environment: faults("probe", ["hang"]))
    #expect(slow.status == 74, "\(slow.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("tracked")))
  }

  /// A run that is killed takes its decoders along, also one that hangs.
  @Test func decodersDieWithTheRun() throws {
    let root = try videos("hanging", ["hang.mp4"])
    let outcome = try Binary.shell(
      """
      "$0" "$@" & process=$!
      tries=0
      until cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -q "[d]ecode-worker $process" \
        || [ $tries -gt 500 ]; do sleep 0.02; tries=$((tries + 1)); done
      sleep 0.3
      kill -KILL $process
      echo $process
      """, ["scan", root, "--quiet"], environment: faults("probe", ["hang"]))
    let process = outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(!process.isEmpty)
    var tries = 0
    while try !left(by: process).isEmpty, tries < 500 {
      usleep(20_000)
      tries += 1
    }
    #expect(try left(by: process) == [])
  }

  /// Many files leave memory and descriptors as they were; processes are replaced after their share of requests.
  @Test func nothingGrows() throws {
    var bounds = DecoderLimits()
    bounds.requests = 40
    let pool = try DecoderPool(bounds: bounds, executable: Binary.path)
    defer { pool.close() }
    let source = MediaSource(decoders: pool)
    let path = Self.clips + "/ball/ball-01.mp4"
    let request = SegmentRequest(start: 0, duration: 1, rate: 4, shortSide: 32)
    func cycle() throws {
      _ = try source.probe(path: path)
      _ = try source.segment(path: path, request)
      let reader = try source.moments(path: path)
      _ = try reader.pictures(at: [0.5], shortSide: 32, multiple: 1)
      reader.close()
    }
    func descriptors() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
    func areas() throws -> Int {
      try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        .components(separatedBy: "palindrome-frames").count
    }
    for _ in 0..<20 { try cycle() }
    let before = try descriptors()
    for _ in 0..<100 { try cycle() }
    // Other tests open files meanwhile.
    #expect(abs(try descriptors() - before) < 16)
    // A process has two, its head and its content, and there is one at most.
    #expect(try areas() <= 1 + 2)
    #expect(pool.quarantine.isEmpty)
  }

  /// A system that gives no more processes makes a run wait for one; it says nothing about a file.
  @Test func waitsWhileNoProcessCanBeHad() throws {
    let (decoder, blocked) = (folder.file("decoder"), folder.file("blocked"))
    try "#!/bin/sh\n[ -e '\(blocked)' ] && exit 1\nexec '\(Binary.path)' \"$@\"\n".write(
      toFile: decoder, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: decoder)
    var bounds = DecoderLimits()
    let pool = try DecoderPool(bounds: bounds, executable: decoder)
    defer { pool.close() }
    let source = MediaSource(decoders: pool)
    let path = Self.clips + "/ball/ball-01.mp4"
    nonisolated(unsafe) let reader = try source.moments(path: path)
    #expect(FileManager.default.createFile(atPath: blocked, contents: nil))
    let thread = Thread {
      usleep(300_000)
      reader.close()
    }
    thread.start()
    #expect(try source.probe(path: path).verdict == .ok)
    #expect(pool.quarantine.isEmpty)
    // Where there never is one, it says so.
    bounds.startSeconds = 0.2
    #expect {
      try DecoderPool(bounds: bounds, executable: decoder)
    } throws: { "\($0)".contains("--isolation off") }
  }

  @Test func theWorkerIsNoCommandForUsers() throws {
    let outcome = try Binary.run("decode-worker", "1")
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(!(try Binary.run("--help").output.contains("decode-worker")))
    let refused = try Binary.run("scan", "x", "--isolation", "off", "--decode-memory", "2")
    #expect(refused.status == 64)
    #expect(
      refused.errors
        == "palindrome: --decode-memory has no part in --isolation off; leave it out\n")
  }
}
