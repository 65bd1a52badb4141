import ClipData
@testable import Evaluation
import Reporting
import Settings
import Storage

@testable import Training

extension Parser {
  /// What runs and embeddings tell of themselves.
  static let records = [
    Parser(name: "config", file: "config.json") { path, _ in
      let json = try JSONValue.parse(try readBytes(path, limit: 1 << 20))
      let configuration = try TrainingConfiguration(json: json)
      require(configuration.clips.complaint == nil, "clips that cannot be made")
      require(configuration.evaluateEvery > 0 && configuration.checkpointEvery > 0, "every 0 steps")
      let written = try configuration.json()
      require(
        TrainingConfiguration.firstChange(was: written, now: written) == nil, "it changes by itself"
      )
      // What is read must be good for a run, and what is written for another reading.
      let plan = StepPlan(configuration.length, stepsPerEpoch: 1000)
      _ = plan.isOver(at: 3, elapsed: 1, reserve: 1)
      _ = plan.rate(
        3, peak: configuration.optimisation.learningRate,
        warmup: configuration.optimisation.warmup, floor: configuration.optimisation.floor)
      require((try? TrainingConfiguration(json: written)) != nil, "it does not read what it writes")
    },
    Parser(name: "state", file: "state.json") { path, _ in
      let state = try Checkpoint.state(Folder.parent(of: path))
      require((try? encodedJSON(state)) != nil, "a state that cannot be written")
    },
    Parser(name: "manifest", file: "manifest.json") { path, _ in
      let files = try AtomicDirectory.verify(Folder.parent(of: path))
      require(files.keys.allSatisfy { !$0.contains("/") }, "a file outside the folder")
    },
    Parser(name: "index", file: "index.json") { path, _ in
      guard let index = VideoIndex(contentsOf: path) else { throw Refusal() }
      for entry in index.videos + index.unusable {
        let probe = entry.probe
        require(probe.duration.isFinite && probe.duration >= 0, "a duration of \(probe.duration)")
        require(probe.frameRate.isFinite && probe.frameRate >= 0, "a rate of \(probe.frameRate)")
        require(probe.width >= 0 && probe.height >= 0, "a size of \(probe.width)x\(probe.height)")
      }
      _ = index.signature
      _ = index.split(holdout: 0.1)
    },
    Parser(name: "metrics", file: "metrics.jsonl") { path, bytes in
      let records = try MetricsLog.read(path)
      require(records.count <= bytes.count, "more records than bytes")
      require(records.allSatisfy { $0.values["step"] == nil }, "a step within the values")
    },
    Parser(name: "description", file: "E.json") { path, _ in
      let description = try EmbeddingDescription(reading: path)
      require(
        EmbeddingDescription(json: description.json) == description, "it changes when it is written"
      )
      for duration in [0, 0.01, 3.7, 60] {
        let windows = description.settings.plan(duration: duration)
        require(!windows.isEmpty && windows.allSatisfy { $0.start.isFinite }, "no windows")
      }
    },
  ]

  /// A reader that answers nil says so.
  struct Refusal: Error, CustomStringConvertible {
    var description: String { "not what it should be" }
  }
}
