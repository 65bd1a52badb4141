import Foundation
import Storage

/// `pretrain` as short as can be, on a few sample clips, with a checkpoint after every step.
struct ShortRun {
  static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"

  let folder: TemporaryFolder
  let videos: String
  let steps: Int

  init(steps: Int) throws {
    self.steps = steps
    folder = try TemporaryFolder()
    videos = folder.file("videos")
    try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: true)
    for (place, name) in ["ball", "bell", "drum", "lamp", "wheel"].enumerated() {
      try FileManager.default.createSymbolicLink(
        atPath: "\(videos)/\(place).mp4",
        withDestinationPath: "\(Self.clips)/\(name)/\(name)-01.mp4")
    }
  }

  func arguments(_ run: String, _ more: [String] = []) -> [String] {
    [
      "pretrain", videos, "--out", folder.file(run), "--cache", folder.file("cache"),
      "--preset", "tiny", "--size", "32", "--batch", "2", "--steps", "\(steps)",
      "--checkpoint-every", "1", "--holdout", "0.01",
    ] + more
  }

  /// Runs to the end; `line` is of the shell, with `"$0"` the program and `"$@"` the arguments.
  func start(
    _ run: String, _ more: [String] = [], line: String = "exec \"$0\" \"$@\"",
    environment: [String: String] = [:]
  ) throws -> Binary.Outcome {
    try Binary.shell(line, arguments(run, more), environment: environment)
  }

  func model(_ run: String) throws -> FileDigest {
    try FileDigest(of: folder.file(run + "/model.safetensors"))
  }

  func checkpoints(_ run: String) -> CheckpointFolder {
    CheckpointFolder(folder.file(run + "/checkpoints"))
  }
}
