import Foundation
import Media
import Testing

/// Masks and folders of frames are decoded in processes of their own, too: the same results, and a picture that breaks
/// its decoder is named.
@Suite struct PictureIsolationTests {
  private let folder: TemporaryFolder
  private let masks: String
  private let frames: String

  /// A square that moves, as masks and as pictures.
  init() throws {
    folder = try TemporaryFolder()
    (masks, frames) = (folder.file("masks"), folder.file("frames"))
    let (width, height) = (64, 48)
    for path in [masks, frames] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    for frame in 0..<4 {
      let inside = (0..<width * height).map { at in
        (8 + 4 * frame..<24 + 4 * frame).contains(at % width) && (12..<28).contains(at / width)
      }
      let name = "0000\(frame)"
      try ImageWriter.writeIndexedPNG(
        inside.map { $0 ? 1 : 0 }, width: width, height: height, to: "\(masks)/\(name).png")
      try ImageWriter.writeJPEG(
        inside.flatMap { $0 ? [250, 40, 30] : [20, 90, 60] as [UInt8] }, width: width,
        height: height, to: "\(frames)/\(name).jpg")
    }
  }

  private func track(_ out: String) -> [String] {
    [
      "track", "--video", frames, "--model", "pixels", "--mask", masks + "/00000.png", "--out",
      folder.file(out), "--quiet",
    ]
  }
  private var evaluate: [String] {
    ["evaluate", "masks", "--truth", masks, "--results", masks, "--json", "--quiet"]
  }

  private func run(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> Binary.Outcome {
    try Binary.shell("exec \"$0\" \"$@\"", arguments, environment: environment)
  }

  @Test func sameBitsWithAndWithout() throws {
    var scores: [String] = []
    for isolation in ["on", "off"] {
      let scored = try run(evaluate + ["--isolation", isolation])
      #expect(scored.status == 0, "\(scored.errors)")
      scores.append(scored.output)
      let tracked = try run(track(isolation) + ["--isolation", isolation])
      #expect(tracked.status == 0, "\(tracked.errors)")
    }
    #expect(scores[0] == scores[1] && scores[0].contains("\"J_mean\""), "\(scores)")
    for name in ["tracks.csv", "overlay.mp4", "masks/00003.png"] {
      let contents = try ["on", "off"].map {
        try Data(contentsOf: URL(fileURLWithPath: folder.file("\($0)/\(name)")))
      }
      #expect(contents[0] == contents[1], "\(name)")
    }
  }

  @Test(arguments: [
    ("crash", "its decoder crashed (SIGSEGV); ", 65),
    ("hang", "its decoder hung and was stopped; ", 74),
    ("memory", "its decoder took more than the 286 MB that it may (SIGABRT); ", 65),
    ("babble", "its decoder gave a senseless answer; ", 65),
    ("exit", "its decoder crashed (status 3); ", 65),
  ])
  func aPictureThatBreaksItsDecoderIsNamed(
    _ kind: String, _ reason: String, _ status: Int
  ) throws {
    let limits = ["--decode-timeout", "5", "--decode-memory", "0.3"]
    for (arguments, file) in [
      (track(kind), frames + "/00002.jpg"), (evaluate, masks + "/00002.png"),
    ] {
      let name = URL(fileURLWithPath: file).lastPathComponent
      let outcome = try run(
        arguments + limits, ["PALINDROME_DECODE_FAULT": "picture:\(kind):\(name)"])
      #expect(outcome.status == status, "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.hasPrefix("palindrome: \(file): \(reason)"), "\(outcome.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file(kind)))
  }
}
