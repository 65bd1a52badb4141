import Foundation
import Settings
import TestSupport
import Testing

/// A folder of real videos: the sample clips, or the videos of the data folder.
private let videos: String? = {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let data = ProcessInfo.processInfo.environment["PALINDROME_DATA"] ?? ""
  return [root.path + "/clips", data + "/videos/av_events"].first {
    FileManager.default.fileExists(atPath: $0)
  }
}()

/// Whole runs of `pretrain`, as short as can be.
@Suite(.enabled(if: videos != nil)) struct PretrainRunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func arguments(_ run: String, _ more: String..., steps: Int = 4) -> [String] {
    [
      "pretrain", videos ?? "", "--out", folder.file(run), "--cache", folder.file("cache"),
      "--preset", "tiny", "--nodes", "dense", "--size", "32", "--batch", "2", "--frames", "3",
      "--steps", "\(steps)", "--checkpoint-every", "1", "--holdout", "0.01",
      "--objectives", "walk=1,av=0.5,temporal=0.5",
    ] + more
  }

  private func model(_ run: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: folder.file(run) + "/model.safetensors"))
  }

  private let plain = "exec \"$0\" \"$@\""

  @Test func sameBitsForAnyThreadsAndAfterAnyStop() throws {
    let whole = try Binary.shell(plain, arguments("whole", "--threads", "1", "--json"))
    #expect(whole.status == 0, "\(whole.errors)")
    let result = try JSONValue.parse(whole.output)
    #expect(result["finished"]?.bool == true)
    #expect(result["steps"]?.int == 4)
    let scores = try #require(result["held_out"]?.array)
    for objective in ["walk/", "av/", "temporal/"] {
      #expect(scores.contains { $0["name"]?.string?.hasPrefix(objective) == true })
    }
    for name in ["config.json", "metrics.jsonl", "index.json", "report.html", "README.md"] {
      #expect(FileManager.default.fileExists(atPath: folder.file("whole/" + name)), "\(name)")
    }

    let threaded = try Binary.shell(plain, arguments("threaded", "--threads", "3", "--quiet"))
    #expect(threaded.status == 0, "\(threaded.errors)")
    #expect(threaded.errors.isEmpty)
    #expect(try model("threaded") == model("whole"))

    for (signal, status) in [("KILL", Int32(137)), ("TERM", 75), ("INT", 130)] {
      let run = "stopped-" + signal
      let stopped = try Binary.disturbed(
        when: #"[ -d "$RUN/checkpoints/step-1" ]"#, then: "kill -\(signal) $process",
        arguments(run), environment: ["RUN": folder.file(run)])
      // A run that was over before the signal came has shown nothing, and is not at fault.
      #expect(stopped.status == status || stopped.status == 0, "\(stopped.errors)")
      let resumed = try Binary.shell(plain, arguments(run, "--resume"))
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try model(run) == model("whole"), "stopped by \(signal)")
    }
  }

  /// A folder without a picture: what is learned, and what the run then serves for.
  @Test func learnsFromSoundsAlone() throws {
    let sounds = folder.file("sounds")
    try FileManager.default.createDirectory(atPath: sounds, withIntermediateDirectories: true)
    for number in 0..<6 {
      try WaveFile.write(
        (0..<8000).map { 0.3 * sin(Double($0) * 0.05 * Double(number + 1)) },
        to: "\(sounds)/\(number).wav")
    }
    let run = folder.file("sound")
    func pretrain(_ more: String...) throws -> Binary.Outcome {
      try Binary.shell(
        plain,
        ["pretrain", sounds, "--out", run, "--cache", folder.file("cache"), "--preset", "tiny"]
          + ["--steps", "3", "--batch", "3"] + more)
    }
    let videoless = try pretrain()
    #expect(videoless.status == 66)
    #expect(videoless.errors.contains("--objectives sound"))
    let idle = try pretrain("--objectives", "sound", "--frames", "3")
    #expect(idle.status == 64 && idle.errors.contains("--frames"))
    let trained = try pretrain("--objectives", "sound", "--json")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(
      try JSONValue.parse(trained.output)["held_out"]?.array?.first?["name"]?.string
        == "sound/retrieval@1")
    let out = folder.file("E.npy")
    let embedded = try Binary.run("embed", sounds, "--model", run, "--out", out, "--json")
    #expect(embedded.status == 0, "\(embedded.errors)")
    let result = try JSONValue.parse(embedded.output)
    #expect(result["modality"]?.string == "audio" && result["rows"]?.int == 6)
    let root = videos ?? ""
    let video = try #require(
      FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String }
        .first { $0.hasSuffix(".mp4") })
    for arguments in [
      ["track", "--model", run, "--video", "\(root)/\(video)", "--box", "8,8,20,20"]
        + ["--out", folder.file("tracked")],
      ["embed", sounds, "--model", run, "--out", folder.file("F.npy"), "--modality", "both"],
    ] {
      let refused = try Binary.shell(plain, arguments)
      #expect(refused.status == 64 && refused.errors.contains("sound alone"), "\(refused.errors)")
    }
  }

  @Test func changedSettingsAreRefusedOnResume() throws {
    #expect(try Binary.shell(plain, arguments("run")).status == 0)
    let again = try Binary.shell(plain, arguments("run"))
    #expect(again.status == 73)
    #expect(again.errorLines.count == 1 && again.errors.contains("add --resume"))
    let changed = try Binary.shell(plain, arguments("run", "--resume", "--walk.temperature", "0.5"))
    #expect(changed.status == 64)
    #expect(changed.errors.contains("--walk.temperature 0.05, not --walk.temperature 0.5;"))
    let longer = try Binary.shell(plain, arguments("run", "--resume", "--quiet", steps: 6))
    #expect(longer.status == 64)
    #expect(
      longer.errors
        == "palindrome: \(folder.file("run")): this run began with --steps 4, not --steps 6; "
        + "resume with the old value, or choose another --out; --init \(folder.file("run")) there begins with "
        + "what this run has learnt\n")
    let report = try Binary.run("report", folder.file("run"))
    #expect(report.status == 0)
    #expect(report.output == folder.file("run") + "/report.html\n")
    #expect(report.errors.isEmpty)

    // A damaged checkpoint is named, and the one before serves; without one it is an error.
    for (step, status) in [(4, Int32(0)), (3, 65)] {
      let file = folder.file("run/checkpoints/step-\(step)/weights.safetensors")
      try Data("damaged".utf8).write(to: URL(fileURLWithPath: file))
      let report = try Binary.run("report", folder.file("run"))
      #expect(report.status == status)
      #expect(report.errorLines.count == 1)
      #expect(report.errors.contains(folder.file("run/checkpoints/step-4/weights.safetensors: ")))
    }
  }
}
