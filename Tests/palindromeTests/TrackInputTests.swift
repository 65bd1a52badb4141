import Foundation
import Settings
import Storage
import Testing

/// What `track` says of a video that is not whole, and of marks beyond its end.
@Suite struct TrackInputTests {
  private let folder: TemporaryFolder
  private static let clip = ShortRun.clips + "/ball/ball-01.mp4"
  private static let davis = ShortRun.clips + "/davis"
  /// Frames of the clip.
  private static let count = 64

  init() throws { folder = try TemporaryFolder() }

  private func track(_ video: String, _ out: String, _ more: [String]) throws -> Binary.Outcome {
    try Binary.shell(
      "exec \"$0\" \"$@\"",
      [
        "track", "--model", "pixels", "--video", video, "--out", folder.file(out), "--height", "60",
        "--no-overlay",
      ] + more)
  }
  private let box = ["--box", "40,30,50,50"]

  /// The clip with zeros over some of its packets.
  private func damaged() throws -> String {
    var data = try Data(contentsOf: URL(fileURLWithPath: Self.clip))
    let place = data.count / 2
    data.replaceSubrange(place..<place + 1500, with: Data(count: 1500))
    let path = folder.file("damaged.mp4")
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func damagedFramesAreCountedInAWarning() throws {
    let path = try damaged()
    for isolation in ["on", "off"] {
      // Backward as well: what is read twice is counted once.
      let outcome = try track(
        path, isolation, box + ["--from", "60", "--json", "--isolation", isolation])
      #expect(outcome.status == 0)
      let result = try JSONValue.parse(Array(outcome.output.utf8))
      let (frames, left) = (try #require(result["frames"]?.int), result["damaged"]?.int ?? 0)
      #expect(left > 0 && frames + left == Self.count, "\(outcome.output)")
      let warning = "\(path): damaged pictures left out: \(left); frames are numbered without them"
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix(warning))
      let warnings = try #require(result["warnings"]?.array)
      #expect(warnings.count == 1 && warnings.first?.string?.hasPrefix(warning) == true)
      let rows = try CSVTable(folder.file(isolation + "/tracks.csv")).rows
      #expect(rows.compactMap { Int($0.fields[0]) } == Array(0..<frames))
    }
    let whole = try track(Self.clip, "whole", box + ["--json"])
    let result = try JSONValue.parse(Array(whole.output.utf8))
    #expect(whole.errors.isEmpty && result["frames"]?.int == Self.count)
    #expect(result["damaged"]?.int == 0 && result["warnings"]?.array?.isEmpty == true)
  }

  @Test func aVideoThatIsCutShortIsNamed() throws {
    let path = folder.file("cut.mp4")
    let data = try Data(contentsOf: URL(fileURLWithPath: Self.clip))
    try data.prefix(data.count / 2).write(to: URL(fileURLWithPath: path))
    let outcome = try track(path, "cut", box)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("\(path): taken in part: the file is cut short"))
  }

  /// Marks clearly beyond the end are refused before anything is tracked, others once the end is seen.
  @Test func marksBeyondTheEndAreNamed() throws {
    for (frame, known) in [(5000, "the file tells of 64"), (66, "the video has 64")] {
      try folder.write("frame,id,x,y\n0,a,60,60\n\(frame),a,60,60\n", to: "p.csv")
      for isolation in ["on", "off"] {
        let outcome = try track(
          Self.clip, "out", ["--points", folder.file("p.csv"), "--isolation", isolation])
        #expect(outcome.status == 64)
        #expect(
          outcome.errors
            == "palindrome: \(Self.clip): frame \(frame) is marked, but \(known) frames; they are numbered from 0\n"
        )
      }
    }
  }

  @Test func pointsAloneHaveNoMasks() throws {
    try folder.write("frame,id,x,y\n0,a,60,60\n", to: "p.csv")
    let outcome = try track(Self.clip, "out", ["--points", folder.file("p.csv")])
    #expect(outcome.status == 0)
    #expect(Folder.names(in: folder.file("out")) == ["points.csv", "tracks.csv"])
  }

  /// Places in a file that tells of its frames' size are brought to the video's.
  @Test func pointsOfFramesOfAnotherSizeAreScaled() throws {
    try folder.write(
      "{\"width\": 320, \"height\": 480, \"frames\": [{\"frame\": 0, \"points\": {\"a\": [200, 240]}}]}",
      to: "p.json")
    let outcome = try track(Self.clip, "out", ["--points", folder.file("p.json")])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let table = try CSVTable(folder.file("out/points.csv"))
    let (x, y) = (try #require(table.column("x")), try #require(table.column("y")))
    let fields = try #require(table.rows.first).fields
    // The clip's frames are of 160x120.
    #expect(abs((Double(fields[x]) ?? 0) - 100) < 1 && abs((Double(fields[y]) ?? 0) - 60) < 1)
  }

  @Test func aBoxBeyondTheFrameIsCutAloud() throws {
    let outcome = try track(Self.clip, "out", ["--box", "120,30,60,50", "--json"])
    #expect(outcome.status == 0)
    let warning = "--box: reaches beyond the frames of 160x120; what lies inside is tracked"
    #expect(outcome.errors == warning + "\n")
    let result = try JSONValue.parse(Array(outcome.output.utf8))
    #expect(result["warnings"]?.array?.compactMap(\.string) == [warning])
    let table = try CSVTable(folder.file("out/tracks.csv"))
    let width = try #require(table.column("box_width"))
    #expect(table.rows.first?.fields[width] == "40")
  }

  /// The frame of a mask's own number is not that of --from, nor is a point's.
  @Test func fromWithoutAnythingThatTakesItIsRefused() throws {
    try folder.write("frame,id,x,y\n0,a,60,60\n", to: "p.csv")
    let frames = Self.davis + "/JPEGImages/480p/ball-bounces"
    let mask = "12=" + Self.davis + "/Annotations/480p/ball-bounces/00012.png"
    for (video, marks) in [
      (Self.clip, ["--points", folder.file("p.csv")]), (frames, ["--mask", mask]),
    ] {
      let outcome = try track(video, "out", marks + ["--from", "3"])
      #expect(outcome.status == 64)
      #expect(
        outcome.errors
          == "palindrome: --from has no part in marks that tell their frames; leave it out\n")
    }
    let none = try track(Self.clip, "out", ["--from", "3"])
    #expect(none.status == 64 && none.errors.contains("nothing to track"))
  }
}
