import Foundation
import Media
import Settings
import Storage
import Testing

/// `track` and `evaluate` on the committed DAVIS tree.
@Suite struct TrackTests {
  private static let davis =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips/davis"
  private static let frames = davis + "/JPEGImages/480p/ball-bounces"
  private static let masks = davis + "/Annotations/480p/ball-bounces"

  @Test func tracksBothWaysWithACorrection() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("out")
    let outcome = try Binary.run(
      "track", "--model", "random", "--preset", "tiny", "--video", Self.frames, "--mask",
      "12=\(Self.masks)/00012.png,20=\(Self.masks)/00020.png", "--height", "96", "--out", out,
      "--explain", "100,90", "--json", "--quiet")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let result = try JSONValue.parse(Array(outcome.output.utf8))
    #expect(result["frames"]?.int == 30)
    for index in 0..<30 {
      let image = try StillImage(path: out + "/masks/" + String(format: "%05d.png", index))
      #expect(image.width == 256 && image.height == 192)
    }
    let lines = try String(contentsOfFile: out + "/tracks.csv", encoding: .utf8).split(
      separator: "\n")
    #expect(lines.count == 31)
    #expect(lines.dropFirst().map { Int($0.prefix { $0 != "," }) ?? -1 } == Array(0..<30))
    // The frames that were marked are as they were marked.
    for index in ["00012", "00020"] {
      guard case .numbers(let got)? = try StillImage(path: "\(out)/masks/\(index).png").content(),
        case .numbers(let wanted)? = try StillImage(path: "\(Self.masks)/\(index).png").content()
      else { throw CocoaError(.fileReadCorruptFile) }
      #expect(got == wanted)
    }
    let overlay = try MediaSource().probe(path: out + "/overlay.mp4")
    #expect(overlay.verdict == .ok && overlay.width == 256 && overlay.height == 192)
    #expect(abs(overlay.duration - 1.2) < 0.01)
    #expect(try StillImage(path: out + "/sheet.png").width > 1000)
    // A picture for every frame, the first marked one among them.
    for index in 0..<30 {
      #expect(
        FileManager.default.fileExists(
          atPath: out + "/explain/" + String(format: "%05d.png", index)))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
  }

  private func arguments(_ out: String, _ more: String...) -> [String] {
    [
      "track", "--model", "pixels", "--video", Self.davis + "/../ball/ball-01.mp4", "--box",
      "40,30,50,50", "--out", out, "--no-overlay", "--quiet",
    ] + more
  }
  private let plain = "exec \"$0\" \"$@\""

  /// A run that fails at its last frame leaves nothing, and so the same command can be given again; an empty
  /// folder that was there serves as well.
  @Test func aRunThatFailsLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let empty = folder.file("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    // So little beyond the end that the end must be seen.
    let points = try TemporaryFolder()
    try points.write("frame,id,x,y\n66,a,60,60\n", to: "p.csv")
    for out in [folder.file("new"), empty + "/"] {
      let failed = try Binary.shell(plain, arguments(out, "--points", points.file("p.csv")))
      #expect(failed.status == 64)
      #expect(try FileManager.default.contentsOfDirectory(atPath: empty).isEmpty)
      #expect(!FileManager.default.fileExists(atPath: folder.file("new")))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["empty"])
      let again = try Binary.shell(plain, arguments(out))
      #expect(again.status == 0)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: out).sorted() == [
          "masks", "tracks.csv",
        ])
      let third = try Binary.shell(plain, arguments(out))
      #expect(third.status == 73)
      try? FileManager.default.removeItem(atPath: folder.file("new"))
    }
  }

  @Test func aRunThatIsStoppedLeavesNothing() throws {
    for (signal, status) in [("INT", Int32(130)), ("TERM", 75)] {
      let folder = try TemporaryFolder()
      let stopped = try Binary.disturbed(
        when: #"[ -n "$(ls "$FOLDER"/.out.partial-*/masks 2>/dev/null)" ]"#,
        then: "kill -\(signal) $process",
        [
          "track", "--model", "random", "--video", Self.frames, "--mask",
          "\(Self.masks)/00000.png", "--out", folder.file("out"),
        ], environment: ["FOLDER": folder.path])
      // One that was over before the signal came has shown nothing, and is not at fault.
      guard stopped.status != 0 else { continue }
      #expect(stopped.status == status)
      #expect(stopped.errorLines.last?.hasPrefix("palindrome: \(folder.file("out")): ") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  /// A second signal ends at once, in the middle of a step; what is left hidden is named.
  @Test func theSecondSignalNamesWhatIsLeft() throws {
    let folder = try TemporaryFolder()
    let stopped = try Binary.disturbed(
      when: #"[ -n "$(ls -d "$FOLDER"/.out.partial-* 2>/dev/null)" ]"#,
      then: "while kill -INT $process 2>/dev/null; do sleep 0.05; done",
      [
        "track", "--model", "random", "--preset", "resnet18", "--video", Self.frames, "--mask",
        "\(Self.masks)/00000.png", "--adapt", "1000", "--threads", "1", "--out", folder.file("out"),
      ], environment: ["FOLDER": folder.path])
    #expect(stopped.status == 130, "\(stopped.errors)")
    // Where a step was over between the signals it has ended as after the first.
    for left in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      #expect(stopped.errors.contains("ended at once; remove \(folder.file(left)),"), "\(left)")
    }
  }

  /// A file's frames backward are its frames forward: the two ends of a still clip agree, and sound is kept.
  /// One line that names the file, the reason and the mend.
  @Test func aDamagedVideoIsNamedWithTheMend() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: ShortRun.clips + "/ball/ball-01.mp4"))
    for (name, bytes) in [
      ("cut.mp4", whole.prefix(48)), ("text.mp4", Data("no video".utf8)), ("none.mp4", Data()),
    ] {
      let path = folder.file(name)
      try bytes.write(to: URL(fileURLWithPath: path))
      let outcome = try Binary.run(
        "track", "--video", path, "--model", "pixels", "--box", "20,20,24,24", "--out",
        folder.file("out"))
      #expect(outcome.status == 65 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("palindrome: \(path): "), "\(outcome.errors)")
      #expect(outcome.errors.contains("; get a whole copy of it"), "\(outcome.errors)")
      // A reason that has a mend keeps it.
      let reason = MediaError(.unreadable, path: path, reason: "is so; do that")
      #expect(reason.description == "\(path): is so; do that")
    }
  }

  @Test func tracksAFileWithItsSound() throws {
    let folder = try TemporaryFolder()
    let clip = Self.davis + "/../ball/ball-01.mp4"
    let before = try MediaSource().probe(path: clip)
    let outcome = try Binary.run(
      "track", "--model", "pixels", "--video", clip, "--box", "40,30,50,50", "--from", "9", "--out",
      folder.file("out"), "--quiet")
    #expect(outcome.status == 0)
    let after = try MediaSource().probe(path: folder.file("out/overlay.mp4"))
    #expect(after.hasAudio && abs(after.duration - before.duration) < 0.1)
    #expect(abs(after.frameRate - before.frameRate) < 0.01)
  }

  @Test func followsPoints() throws {
    let folder = try TemporaryFolder()
    try folder.write("frame,id,x,y\n0,a,128,96\n5,b,60.5,70.25\n", to: "p.csv")
    let outcome = try Binary.run(
      "track", "--model", "pixels", "--video", Self.frames, "--points", folder.file("p.csv"),
      "--out",
      folder.file("out"), "--no-overlay", "--quiet")
    #expect(outcome.status == 0)
    let lines = try String(contentsOfFile: folder.file("out/points.csv"), encoding: .utf8)
      .split(separator: "\n")
    #expect(lines[0] == "frame,id,x,y,visible,confidence")
    #expect(lines.count == 1 + 30 + 25)
    #expect(lines.contains { $0.hasPrefix("5,b,60.50,70.25,1,1.0000") })
  }

  /// What a file calls its points is text, whatever it holds.
  @Test func pointsKeepTheirNames() throws {
    let folder = try TemporaryFolder()
    let names = ["left, upper", "say \"x\"", "two\nlines"]
    let points = JSONObject(names.enumerated().map { ($1, [.integer(60 + $0), .integer(70)]) })
    let table: JSONValue = ["frames": [["frame": 28, "points": .object(points)]]]
    try folder.write(table.text(), to: "p.json")
    let outcome = try Binary.run(
      "track", "--model", "pixels", "--video", Self.frames, "--points", folder.file("p.json"),
      "--no-backward", "--no-overlay", "--out", folder.file("out"), "--quiet")
    #expect(outcome.status == 0)
    for file in ["out/tracks.csv", "out/points.csv"] {
      let table = try CSVTable(folder.file(file))
      let column = try #require(table.column("id"))
      #expect(table.rows.map { $0.fields[column] } == names + names)
    }
  }

  @Test func mistakesAreNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("no picture", to: "bad.png")
    for (arguments, status, word) in [
      ([], 64, "--mask"), (["--mask", folder.file("bad.png")], 65, "bad.png"),
      (["--mask", folder.file("none.png")], 66, "none.png"),
      (["--points", folder.file("none.csv")], 66, "none.csv"),
      (["--mask", "90=\(Self.masks)/00000.png"], 64, "30 frames"),
      (["--mask", "\(Self.masks)/00000.png", "--explain", "256,10"], 64, "256x192"),
      (["--mask", "\(Self.masks)/00000.png", "--explain=-1,10"], 64, "256x192"),
      (["--box", "1,2,3"], 64, "box"), (["--box", "900,900,4,4"], 64, "outside"),
      (["--mask", "\(Self.masks)/00000.png", "--preset", "tiny"], 64, "preset"),
    ] as [([String], Int32, String)] {
      let outcome = try Binary.shell(
        "exec \"$0\" \"$@\"",
        [
          "track", "--model", "pixels", "--video", Self.frames, "--out",
          folder.file("\(word.hashValue)"),
        ]
          + arguments)
      #expect(outcome.status == status, "\(arguments)")
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(word), "\(arguments)")
    }
  }

  @Test func evaluatesDavisAndItsOwnMasksAlike() throws {
    let folder = try TemporaryFolder()
    let davis = try Binary.run(
      "evaluate", "davis", "--model", "random", "--preset", "tiny", "--root", Self.davis,
      "--sequences", "ball-bounces,ball-passes-star", "--out", folder.file("found"), "--json",
      "--quiet")
    #expect(davis.status == 0)
    let first = try JSONValue.parse(Array(davis.output.utf8))
    let masks = try Binary.run(
      "evaluate", "masks", "--truth", Self.davis + "/Annotations/480p", "--results",
      folder.file("found"), "--sequences", "ball-bounces,ball-passes-star", "--json", "--quiet")
    #expect(masks.status == 0)
    let second = try JSONValue.parse(Array(masks.output.utf8))
    for key in ["J_mean", "J_recall", "J_decay", "F_mean", "F_recall", "F_decay", "JF_mean"] {
      let value = try #require(first[key]?.double)
      #expect(value == second[key]?.double)
      #expect(value.isFinite && value <= 1)
    }
    #expect(first["sequences"]?.array?[1]["objects"]?.array?.count == 2)
    // A frame too few is an error that names it.
    try FileManager.default.removeItem(atPath: folder.file("found/ball-bounces/00007.png"))
    let missing = try Binary.run(
      "evaluate", "masks", "--truth", Self.davis + "/Annotations/480p", "--results",
      folder.file("found"), "--sequences", "ball-bounces")
    #expect(missing.status == 65 && missing.errors.contains("00007.png"))
  }
}
