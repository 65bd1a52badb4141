import Foundation
import Media
import Settings
import TestSupport
import Testing

/// Nothing is said of clips that have nothing of what a classifier judges by.
@Suite(.serialized) struct PerceptionTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) throws -> String {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
      withIntermediateDirectories: true)
    return path
  }

  /// A second of one shade without sound.
  private func silent(_ name: String, _ shade: UInt8) throws {
    let writer = try VideoWriter(path: try path(name), .init(width: 32, height: 32, rate: 8))
    for frame in 0..<8 {
      var pixels: [UInt8] = []
      for place in 0..<32 * 32 {
        let green: Int = 120 + place % 8 + frame
        pixels += [shade, UInt8(green), 255 - shade]
      }
      try writer.append(frame: pixels)
    }
    try writer.finish()
  }

  /// A tone, then silence.
  private func tone(_ name: String, _ pitch: Double, seconds: Double = 1, rest: Double = 0) throws {
    let turn: Double = 2 * Double.pi * pitch / 16_000
    let samples: [Double] = (0..<Int(16_000 * seconds)).map { 0.3 * sin(turn * Double($0)) }
    try WaveFile.write(
      samples + [Double](repeating: 0, count: Int(16_000 * rest)), to: try path(name))
  }

  private func run(_ arguments: [String]) throws -> Binary.Outcome {
    try Binary.shell("exec \"$0\" \"$@\"", arguments)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  /// Learns from two clips of each of two classes in `clips`, by the raw values of both parts.
  private func learn(_ ending: String, _ more: String...) throws -> Binary.Outcome {
    let lines = ["high", "low"].flatMap { kind in
      (1...2).map { "\(kind)\($0).\(ending),\(kind)\n" }
    }
    try folder.write("path,label\n" + lines.joined(), to: "few.csv")
    let outcome = try run(
      [
        "selftrain", folder.file("clips"), "--model", "pixels", "--labels", folder.file("few.csv"),
        "--views", "1", "--rounds", "1", "--out", folder.file("cls"),
      ] + more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome
  }

  private func predict(_ name: String, _ out: String, _ more: String...) throws -> Binary.Outcome {
    try run(
      [
        "predict", folder.file(name), "--classifier", folder.file("cls"), "--out",
        folder.file(out),
      ] + more)
  }

  /// Sounds alone were labelled: of a silent video nothing is said, wherever it is.
  @Test func aClassifierOfSoundSaysNothingOfPictures() throws {
    for number in 1...3 {
      try tone("clips/low\(number).wav", 300 + 10 * Double(number))
      try tone("clips/high\(number).wav", 3000 + 100 * Double(number))
    }
    try silent("clips/silent.mp4", 200)
    let learnt = try learn("wav")
    let why = "silent.mp4,\"has no sound, which the classifier judges by\"\n"
    #expect(learnt.output.contains("nothing is said of 1 clip without"), "\(learnt.output)")
    #expect(try text("cls/report.html").contains("has no sound, which the classifier judges by"))
    #expect(try !text("cls/predictions.csv").contains("silent.mp4"))
    let outcome = try predict("clips", "p.csv", "--json")
    #expect(outcome.status == 0 && outcome.errors.contains("nothing is said of 1 file, silent.mp4"))
    let said = try JSONValue.parse(Array(outcome.output.utf8))
    #expect(said["rows"]?.int == 6 && said["files"]?.int == 6 && said["failed"]?.int == 1)
    #expect(try text("p.csv").split(separator: "\n").count == 7)
    #expect(try text("p.failed.csv").hasSuffix(why))
    // Of it alone there is nothing to write.
    let alone = try predict("clips/silent.mp4", "q.csv", "--quiet")
    #expect(alone.status == 65 && alone.errorLines.count == 1)
    #expect(alone.errors.contains("silent.mp4: has no sound, which the classifier judges by; give"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .allSatisfy { !$0.hasPrefix("q") })
  }

  /// Silent videos were labelled: of a sound file nothing is said.
  @Test func aClassifierOfPicturesSaysNothingOfSound() throws {
    for number in 1...2 {
      try silent("clips/low\(number).mp4", UInt8(20 + 5 * number))
      try silent("clips/high\(number).mp4", UInt8(200 + 5 * number))
    }
    _ = try learn("mp4", "--size", "32")
    try silent("new/a.mp4", 210)
    try tone("new/tone.wav", 500)
    #expect(try predict("new", "p.csv").status == 0)
    #expect(try text("p.csv").split(separator: "\n").count == 2)
    #expect(
      try text("p.failed.csv")
        == "path,reason\ntone.wav,\"has no pictures, which the classifier judges by\"\n")
    // A classifier whose encoder is gone is named: this one has none, and is made to say that it has.
    let description = try text("cls/embedding.json")
    let changed = description.replacingOccurrences(of: "\"pixels\"", with: "\"encoder\"")
    #expect(changed != description)
    try folder.write(changed, to: "cls/embedding.json")
    let gone = try predict("new", "r.csv", "--quiet")
    #expect(gone.status == 66 && gone.errorLines.count == 1, "\(gone.errors)")
    #expect(gone.errors.contains("\(folder.file("cls"))/encoder: is not there"))
    #expect(gone.errors.contains("train it again with selftrain"))
  }

  /// Windows in which nothing is heard belong to no segment, and are counted.
  @Test func windowsOfSilenceAreOfNoClass() throws {
    for number in 1...2 {
      try tone("clips/low\(number).wav", 300 + 10 * Double(number))
      try tone("clips/high\(number).wav", 3000 + 100 * Double(number))
    }
    _ = try learn("wav", "--modality", "audio", "--clip", "1")
    try tone("new.wav", 320, seconds: 2, rest: 3)
    let outcome = try predict("new.wav", "p.csv", "--per-window", "--stride", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = try text("p.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(lines.count == 2 && lines[1][1] == "0.0" && lines[1][2] == "2.0", "\(lines)")
    #expect(try text("p.failed.csv").contains("new.wav,\"in part: 3 of 5 windows: has no sound"))
  }
}
