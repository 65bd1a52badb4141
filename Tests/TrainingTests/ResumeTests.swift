import Foundation
import NeuralNetworks
import Settings
import Storage
import TensorCore
import TestSupport
import Testing
import Training

@Suite(.serialized) struct ResumeTests {
  /// Stopped before each of these steps in turn, with checkpoints after every second one.
  @Test(arguments: [[1], [3], [4], [2, 3, 5]])
  func killedAndResumedIsUninterrupted(_ kills: [Int]) throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let straight = try train(configuration, in: scratch.path("straight")).trainer
    var resume = false
    for kill in kills {
      #expect(throws: Killed.self) {
        try train(configuration, in: scratch.path("run"), resume: resume) {
          $0.onBatch = { step in if step == kill { throw Killed() } }
        }
      }
      resume = true
    }
    let resumed = try train(configuration, in: scratch.path("run"), resume: true).trainer
    #expect(bits(resumed) == bits(straight))
    #expect(resumed.state.untrained == straight.state.untrained)
    #expect(resumed.state.scores == straight.state.scores)
    #expect(
      try FileDigest(of: scratch.path("run/model.safetensors"))
        == FileDigest(of: scratch.path("straight/model.safetensors")))
  }

  @Test func skippedStepsSurviveResuming() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    #expect(throws: Killed.self) {
      try train(configuration, in: scratch.path("run")) {
        $0.poisoned = [2, 3]
        $0.onBatch = { step in if step == 4 { throw Killed() } }
      }
    }
    let (trainer, recorder) = try train(configuration, in: scratch.path("run"), resume: true)
    #expect(trainer.state.skippedSteps == 2)
    #expect(recorder.notes.first?.contains("resuming from") == true)
    #expect(recorder.notes.first?.contains("step-4") == true)
  }

  @Test func aDamagedCheckpointGivesWayToTheOneBefore() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    // The trainer holds the run's lock: only its bits are kept.
    let straight = bits(try train(configuration, in: scratch.path("run")).trainer)
    let newest = scratch.path("run/checkpoints/step-6/weights.safetensors")
    var bytes = try readBytes(newest)
    bytes[bytes.count / 2] ^= 1
    try AtomicFile.write(bytes, to: newest)
    let (resumed, recorder) = try train(configuration, in: scratch.path("run"), resume: true)
    #expect(recorder.reports.map(\.step) == [4, 5])
    #expect(
      recorder.notes.contains {
        $0.hasPrefix("checkpoint step-6 is damaged, and kept as step-6.damaged: \(newest): ")
      })
    #expect(
      recorder.notes.contains {
        $0.hasSuffix("resuming from \(scratch.path("run/checkpoints/step-4"))")
      })
    #expect(bits(resumed) == straight)
    // It was made again, and stands beside what is left of the damaged one.
    #expect(
      Folder.names(in: scratch.path("run/checkpoints")) == ["step-4", "step-6", "step-6.damaged"])
  }

  /// To begin anew in the same folder would lose what can still be mended.
  @Test func withoutACompleteCheckpointNothingIsBegun() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    try train(configuration, in: scratch.path("run"))
    for step in [4, 6] {
      let file = scratch.path("run/checkpoints/step-\(step)/teacher.safetensors")
      try AtomicFile.write(Array(try readBytes(file).dropLast()), to: file)
    }
    let error = #expect(throws: TrainingError.self) {
      try RunFolder(scratch.path("run"), configuration, resume: true)
    }
    #expect(error?.exitStatus == 65)
    let text = error?.description ?? ""
    #expect(text.hasPrefix(scratch.path("run/checkpoints/step-6/teacher.safetensors: ")), "\(text)")
    #expect(text.hasSuffix("restore the file, or begin anew with another --out"), "\(text)")
    #expect(try CheckpointFolder(scratch.path("run/checkpoints")).steps == [4, 6])
  }

  @Test func aSignalEndsTheRunAfterSaving() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let straight = bits(try train(configuration, in: scratch.path("straight")).trainer)
    var steps = 0
    let (stopped, recorder) = try train(
      configuration, in: scratch.path("run"),
      stop: {
        steps += 1
        return steps > 3 ? SIGTERM : nil
      })
    #expect(stopped.state.step == 3)
    #expect(recorder.notes.last?.contains("--resume") == true)
    #expect(try CheckpointFolder(scratch.path("run/checkpoints")).steps.last == 3)
    #expect(StopRequest.exitStatus(SIGTERM) == 75 && StopRequest.exitStatus(SIGINT) == 130)
    let copy = scratch.path("copy")
    try FileManager.default.copyItem(atPath: scratch.path("run"), toPath: copy)
    #expect(bits(try train(configuration, in: copy, resume: true).trainer) == straight)
  }

  /// A run of so many minutes has none left, whatever its last evaluation took.
  @Test func aFinishedRunStaysFinished() throws {
    let scratch = try ScratchFolder()
    var configuration = smallConfiguration()
    configuration.length = .minutes(0.02)
    let checkpoints = scratch.path("run/checkpoints")
    func first() throws -> RunState {
      let trainer = try train(configuration, in: scratch.path("run")).trainer
      let path = "\(checkpoints)/step-\(trainer.state.step)/state.json"
      #expect(try JSONValue.parse(try readBytes(path))["isFinished"]?.bool == true)
      var state = trainer.state
      state.elapsed = 0
      state.evaluationSeconds = 0
      try Checkpoint.write(state, trainer.model, AdamW(), to: CheckpointFolder(checkpoints))
      return state
    }
    let before = try first()
    let (again, recorder) = try train(configuration, in: scratch.path("run"), resume: true)
    #expect(again.state.step == before.step && recorder.reports.isEmpty)
  }

  @Test func signalsAreHeard() {
    StopRequest.listen()
    #expect(StopRequest.signal == nil)
    // To the process: the thread of a test may block signals.
    kill(getpid(), SIGTERM)
    for _ in 0..<2000 where StopRequest.signal == nil { usleep(1000) }
    #expect(StopRequest.signal == SIGTERM)
    StopRequest.listen()
    #expect(StopRequest.signal == nil)
    signal(SIGTERM, SIG_DFL)
    signal(SIGINT, SIG_DFL)
  }

  @Test func aRunThatExistsIsRefused() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    try Folder.create(scratch.path("run"))
    do {
      let run = try RunFolder(scratch.path("run"), configuration, resume: false)
      #expect(run.resumeStep == nil)
      let error = #expect(throws: StorageError.self) {
        try RunFolder(scratch.path("run"), configuration, resume: true)
      }
      #expect(error?.exitStatus == 73)
    }
    let error = #expect(throws: TrainingError.self) {
      try RunFolder(scratch.path("run"), configuration, resume: false)
    }
    #expect(error?.exitStatus == 73)
    #expect(error?.description.contains("--resume") == true)
  }

  /// What other programs leave in an empty folder is no run; what else is there is not called one.
  @Test func whatBeginsWithADotIsNoRun() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path("run")
    try Folder.create(folder)
    for name in [".gitkeep", ".DS_Store"] { try AtomicFile.write("", to: "\(folder)/\(name)") }
    _ = try RunFolder(folder, smallConfiguration(), resume: false)
    #expect(throws: TrainingError.self) { try RunFolder.checkIsFree(folder) }
    let other = scratch.path("other")
    try Folder.create(other)
    for name in ["notes.txt", "config.json"] {
      try AtomicFile.write("{}", to: "\(other)/\(name)")
      let error = #expect(throws: StorageError.self) {
        try RunFolder(other, smallConfiguration(), resume: false)
      }
      #expect(error?.reason == "there is something in this folder already; choose another --out")
    }
  }

  @Test func otherSettingsAreRefusedByName() throws {
    let scratch = try ScratchFolder()
    var configuration = smallConfiguration()
    _ = try RunFolder(scratch.path("run"), configuration, resume: false)
    // Where the videos lie may change, what they are may not.
    configuration.folders = ["elsewhere"]
    _ = try RunFolder(scratch.path("run"), configuration, resume: true)
    configuration.optimisation.learningRate = 0.5
    let error = #expect(throws: TrainingError.self) {
      try RunFolder(scratch.path("run"), configuration, resume: true)
    }
    let text = error?.description ?? ""
    #expect(text.contains("optimisation.learningRate = 0.001, not 0.5"))
    #expect(!text.contains("\n"))
  }

  @Test func theConfigurationReadsBack() throws {
    var configuration = smallConfiguration()
    configuration.seed = .max
    configuration.videos = 0xFEDC_BA98_7654_3210
    configuration.length = .minutes(1.5)
    configuration.options["walk.temperature"] = .double(0.1)
    let json = try configuration.json()
    #expect(try TrainingConfiguration(json: json).json() == json)
    var changed = configuration
    changed.options["walk.temperature"] = .double(0.2)
    let change = TrainingConfiguration.firstChange(was: json, now: try changed.json())
    #expect(change?.name == "options.walk.temperature")
  }

  @Test func aWrongMemberOfAConfigurationIsNamed() throws {
    let text = try smallConfiguration().json().text()
    for (now, then, place) in [
      ("\"views\":", "\"view\":", "clips.views"),
      ("\"width\":4", "\"width\":\"4\"", "encoder.width"),
    ] {
      let changed = text.replacingOccurrences(of: now, with: then)
      #expect(changed != text)
      let fault = #expect(throws: ConfigurationFault.self) {
        try TrainingConfiguration(json: try JSONValue.parse(Array(changed.utf8)))
      }
      #expect(fault?.reason == "\(place) is missing or not what it should be")
    }
  }

  @Test func aDamagedConfigurationIsNamed() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    _ = try RunFolder(scratch.path("run"), configuration, resume: false)
    try AtomicFile.write("{", to: scratch.path("run/config.json"))
    let error = #expect(throws: TrainingError.self) {
      try RunFolder(scratch.path("run"), configuration, resume: true)
    }
    #expect(error?.description.contains("config.json") == true)
  }
}
