import ClipData
import Foundation
import Media
import Settings
import Testing

/// `pretrain` on videos of which none has sound.
@Suite struct SilentVideoTests {
  private let folder: TemporaryFolder
  private var videos: String { folder.file("videos") }

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: true)
    for number in 0..<4 { try write(number) }
  }

  /// Writes a video of 1.5 s, with a tone where it is to have sound.
  private func write(_ number: Int, sounds: Bool = false) throws {
    let (width, height, audioRate) = (48, 40, 16_000)
    let writer = try VideoWriter(
      path: videos + "/\(number).mp4",
      .init(width: width, height: height, rate: 8, audioRate: sounds ? audioRate : 0))
    for time in 0..<12 {
      let frame = (0..<width * height * 3).map {
        UInt8(truncatingIfNeeded: $0 / 3 % width * (number + 2) + $0 / (3 * width) * 5 + time * 3)
      }
      try writer.append(frame: frame)
      if sounds {
        try writer.append(sound: (0..<audioRate / 8).map { 0.3 * sin(Float($0) * 0.2) })
      }
    }
    try writer.finish()
  }

  private func pretrain(
    _ run: String, preset: [String] = ["--preset", "tiny"], _ more: String...
  ) throws -> Binary.Outcome {
    try Binary.shell("exec \"$0\" \"$@\"", arguments(run, preset + more))
  }

  private func arguments(_ run: String, _ more: [String]) -> [String] {
    [
      "pretrain", videos, "--out", folder.file(run), "--cache", folder.file("cache"), "--size",
      "32", "--batch", "2", "--steps", "2",
    ] + more
  }

  private func setting(_ name: String, of run: String) throws -> JSONValue? {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file(run + "/config.json")))
    return try JSONValue.parse(Array(bytes))[name]
  }

  @Test func byDefaultPicturesAloneAreLearntFrom() throws {
    let outcome = try pretrain("run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("no video has sound: av is left out"))
    let objectives = try setting("objectives", of: "run")?.object
    #expect(objectives?.members.map { $0.0 } == ["walk"])
    let card = try String(contentsOfFile: folder.file("run/README.md"), encoding: .utf8)
    #expect(!card.contains("audio encoder"))
    // The same words again mean the same run, which has nothing left to do.
    let again = try pretrain("run", "--resume")
    #expect(again.status == 0, "\(again.errors)")
    let embedded = try Binary.run(
      "embed", videos, "--model", folder.file("run"), "--out", folder.file("E.npy"), "--json")
    #expect(embedded.status == 0, "\(embedded.errors)")
    #expect(try JSONValue.parse(embedded.output)["modality"]?.string == "video")
  }

  @Test(arguments: ["av", "walk=1,av=1", "walk=1,sound=1"]) func whatCannotBeLearntIsRefused(
    _ objectives: String
  )
    throws
  {
    let outcome = try pretrain("run", "--objectives", objectives)
    #expect(outcome.status == 66)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("no video in it has sound"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  /// Where none but held-out videos have sound nothing is learnt from it; what was said of it goes with it.
  @Test func soundThatIsHeldOutIsNotLearntFrom() throws {
    let index = VideoIndex(
      videos: (0..<4).map {
        VideoEntry(
          relativePath: "\($0).mp4", path: "", identity: FileIdentity(size: 0, modified: 0),
          probe: VideoProbe(verdict: .ok))
      })
    try write(try #require(index.split(holdout: 0.1).heldOut.first), sounds: true)
    let refused = try pretrain("refused", "--objectives", "av")
    #expect(refused.status == 66)
    #expect(refused.errors.contains("no video in it that is trained on has sound"))
    for more in [[], ["--resume"]] {
      let outcome = try Binary.shell(
        "exec \"$0\" \"$@\"",
        arguments(
          "run", ["--preset", "tiny", "--av.temperature", "0.1", "--audio-jitter", "0.2"] + more))
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("no video that is trained on has sound: av is left out"))
      #expect(try setting("objectives", of: "run")?.object?.members.map { $0.0 } == ["walk"])
    }
  }

  @Test func ofOneVideoThereAreNoScores() throws {
    let outcome = try Binary.run(
      "pretrain", ShortRun.clips + "/ball/ball-01.mp4", "--out", folder.file("one"), "--cache",
      folder.file("cache"), "--preset", "tiny", "--size", "32", "--batch", "2", "--steps", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("there will be no scores"))
    #expect(outcome.errors.contains("of one video alone av learns nothing"))
  }

  /// A folder of a run stands for its model, and for its preset where none is given.
  @Test func aRunBeginsWithWhatAnotherHasLearnt() throws {
    let first = try pretrain("first")
    #expect(first.status == 0 && first.output.contains("  trained  untrained   chance"))
    let second = try pretrain("second", preset: [], "--init", folder.file("first"))
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.output.contains("  trained  at its start   chance"))
    #expect(try setting("preset", of: "second")?.string == "tiny")
    // So does a file of its weights, by its width.
    try FileManager.default.copyItem(
      atPath: folder.file("first/model.safetensors"), toPath: folder.file("weights.safetensors"))
    let third = try pretrain("of-weights", preset: [], "--init", folder.file("weights.safetensors"))
    #expect(third.status == 0, "\(third.errors)")
    #expect(try setting("preset", of: "of-weights")?.string == "tiny")
    let small = try pretrain(
      "small", preset: ["--preset", "small"], "--init", folder.file("first"))
    #expect(small.status == 65 && small.errors.contains("choose the preset"))
    #expect(second.errors.contains(folder.file("first/model.safetensors: ")))
    // What was held out still is; after a run that held nothing out it is known already.
    #expect(!second.errors.contains("were trained on"))
    #expect(try pretrain("whole", "--holdout", "0").status == 0)
    let known = try pretrain("known", preset: [], "--init", folder.file("whole"))
    #expect(
      known.status == 0
        && known.errors.contains(
          "2 of the 2 held-out videos were trained on by the run in --init, which makes their scores too good; "
            + "give --holdout 0")
    )
    // A run that goes on knows its own.
    let again = try pretrain("first", preset: [], "--resume")
    #expect(again.status == 0, "\(again.errors)")
    let other = try pretrain("third", "--init", videos)
    #expect(other.status == 66 && other.errors.contains(videos + "/model.safetensors"))

    // What it began with may be gone once it has a checkpoint, or be another run.
    try FileManager.default.removeItem(atPath: folder.file("first"))
    for initial in ["first", "first/", "first/model.safetensors"] {
      let resumed = try pretrain(
        "second", preset: [], "--resume", "--init", folder.file(initial))
      #expect(resumed.status == 0, "\(resumed.errors)")
    }
    let another = try pretrain("second", preset: [], "--resume", "--init", folder.file("third"))
    #expect(another.status == 64)
    #expect(another.errors.contains("first/model.safetensors, not --init"))
    try FileManager.default.removeItem(atPath: folder.file("second/checkpoints"))
    let lost = try pretrain("second", preset: [], "--resume", "--init", folder.file("first"))
    #expect(lost.status == 66 && lost.errors.contains(folder.file("first/model.safetensors")))
  }
}
