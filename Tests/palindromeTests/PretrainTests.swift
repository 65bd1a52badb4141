import Foundation
import Settings
import Testing

@Suite struct PretrainTests {
  @Test(arguments: [
    (["x", "--preset", "tiny"], "palindrome: --out is missing; add --out RUN"),
    (
      ["x", "--out", "r", "--stpes", "5"],
      "palindrome: unknown option --stpes; did you mean --steps?"
    ),
    (
      ["x", "--out", "r", "--steps", "5", "--minutes", "1"],
      "palindrome: --steps, --epochs and --minutes exclude each other; give one of them"
    ),
    (
      ["x", "--out", "r", "--walk.home", "frame"],
      "palindrome: --frames 2: the objectives need at least 3; write --frames 3"
    ),
    (
      ["x", "--out", "r", "--nodes", "patches", "--patch", "33"],
      "palindrome: --patch 33: a multiple of 8 is needed, such as 40"
    ),
    (
      ["x", "--out", "r", "--size", "100"],
      "palindrome: --size 100: a multiple of 8 is needed, such as 104"
    ),
    (
      ["x", "--out", "r", "--patch", "32"],
      "palindrome: --patch has no part in --nodes dense; leave it out or add --nodes patches"
    ),
    (
      ["x", "--out", "r", "--nodes", "dense", "--grid", "7"],
      "palindrome: --grid has no part in --nodes dense; leave it out or add --nodes patches"
    ),
    (
      ["x", "--out", "r", "--nodes", "patches", "--size", "64"],
      "palindrome: --size has no part in --nodes patches; leave it out or add --nodes dense"
    ),
    (
      ["x", "--out", "r", "--objectives", "walk", "--av.temperature", "1"],
      "palindrome: --av.temperature has no part in objectives without av; leave it out"
    ),
    (
      ["x", "--out", "r", "--temporal.queue", "64"],
      "palindrome: --temporal.queue has no part in objectives without temporal; leave it out"
    ),
    (
      ["x", "--out", "r", "--objectives", "walk", "--audio-jitter", "1"],
      "palindrome: --audio-jitter has no part in objectives without sound; leave it out"
    ),
    (
      ["x", "--out", "r", "--return-scale", "0.5", "--return-shift", "0", "--return-halving", "9"],
      "palindrome: --return-halving has no part in return views that stay the same; leave it out"
    ),
    (
      ["x", "--out", "r", "--temperature", "1"],
      "palindrome: unknown option --temperature; did you mean --walk.temperature?"
    ),
  ])
  func wrongUsageIsOneLineWithTheMend(_ words: [String], _ line: String) throws {
    let outcome = try Binary.shell("exec \"$0\" \"$@\"", ["pretrain"] + words)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors == line + "\n")
  }

  @Test func unknownObjectiveIsWrongUsage() throws {
    let outcome = try Binary.run("pretrain", "x", "--out", "r", "--objectives", "wolk=1")
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("walk"))
  }

  @Test func folderWithoutVideosIsNoInput() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("run")
    for videos in ["/nonexistent/videos", folder.path] {
      let outcome = try Binary.run("pretrain", videos, "--out", out, "--quiet")
      #expect(outcome.status == 66)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(videos))
    }
    try folder.write("not a film", to: "broken.mp4")
    let outcome = try Binary.run("pretrain", folder.path, "--out", out, "--quiet")
    #expect(outcome.status == 66)
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func usedRunFolderIsNotTouched() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "notes.txt")
    let outcome = try Binary.run("pretrain", "/nonexistent", "--out", folder.path)
    #expect(outcome.status == 73)
    #expect(
      outcome.errors
        == "palindrome: \(folder.path): there is something in this folder already; choose another --out\n"
    )
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["notes.txt"])
  }

  @Test func badInitialWeightsLeaveNothingBehind() throws {
    let folder = try TemporaryFolder()
    let out = folder.file("run")
    try folder.write("no tensors here", to: "model.safetensors")
    let faults = [("absent.safetensors", Int32(66)), ("model.safetensors", 65)]
    for (name, status) in faults {
      let outcome = try Binary.run(
        "pretrain", folder.path, "--out", out, "--preset", "tiny", "--init", folder.file(name))
      #expect(outcome.status == status)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(name))
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }

  @Test func thereMustBeARunToResume() throws {
    let folder = try TemporaryFolder()
    for out in [folder.path, folder.file("absent")] {
      let outcome = try Binary.run("pretrain", "/nonexistent", "--out", out, "--resume")
      #expect(outcome.status == 66)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains(out) && outcome.errors.contains("leave out --resume"))
      #expect(FileManager.default.fileExists(atPath: folder.file("absent")) == false)
    }
  }

  @Test func reportNeedsARun() throws {
    let folder = try TemporaryFolder()
    let outcome = try Binary.run("report", folder.path)
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(folder.path))
    let absent = try Binary.run("report", folder.file("absent"))
    #expect(absent.status == 66)
    #expect(
      absent.errors
        == "palindrome: \(folder.file("absent")): no such folder; give the folder of a run\n")
  }
}
