import Foundation
import Objectives
import Storage
import TensorCore
import TestSupport
import Testing
import Training

@Suite(.serialized) struct TrainerTests {
  @Test func trainsEndToEnd() throws {
    let scratch = try ScratchFolder()
    let (trainer, recorder) = try train(smallConfiguration(), in: scratch.path("run"))
    #expect(trainer.state.step == 6)
    #expect(recorder.reports.count == 6)
    #expect(recorder.evaluations.map(\.step) == [0, 4, 6])
    #expect(recorder.reports.allSatisfy { $0.result.loss?.isFinite == true })
    #expect(recorder.reports.allSatisfy { $0.result.gradientNorm > 0 })
    let names = Set(trainer.state.scores.map { $0.name.split(separator: "/")[0] })
    #expect(names == ["walk", "av", "temporal"])
    #expect(recorder.evaluations.last?.1.collapse.map(\.encoder) == ["visual", "audio"])
    #expect(trainer.state.untrained.map(\.name) == trainer.state.scores.map(\.name))
    #expect(try CheckpointFolder(scratch.path("run/checkpoints")).steps == [4, 6])
    #expect(Folder.names(in: scratch.path("run")).contains("model.safetensors"))
  }

  @Test func evaluationLeavesTheModelAsItWas() throws {
    let configuration = smallConfiguration()
    let model = PretrainingModel(configuration)
    let before = model.online.all.map(\.value.array) + model.teacher.all.map(\.value.array)
    let state = model.objectives.state
    let clips = try FaultyClips(configuration.clips)
    let first = try model.evaluate(clips)
    let second = try model.evaluate(clips)
    _ = try model.evaluateUntrained(clips)
    #expect(first.scores == second.scores)
    #expect(model.online.all.map(\.value.array) + model.teacher.all.map(\.value.array) == before)
    #expect(model.objectives.state.mapValues(\.array) == state.mapValues(\.array))
  }

  @Test func anyNumberOfThreadsGivesTheSameBits() throws {
    let scratch = try ScratchFolder()
    let threads = Threads.count
    defer { Threads.count = threads }
    var results: [[String: [UInt32]]] = []
    var files: [FileDigest] = []
    for count in [1, 2, 3] {
      Threads.count = count
      let folder = scratch.path("run-\(count)")
      results.append(bits(try train(smallConfiguration(steps: 4), in: folder).trainer))
      files.append(try FileDigest(of: folder + "/model.safetensors"))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(files[0] == files[1] && files[0] == files[2])
  }

  @Test func aPoisonedStepLeavesNoTrace() throws {
    let configuration = smallConfiguration()
    let model = PretrainingModel(configuration)
    let clips = try FaultyClips(configuration.clips)
    clips.poisoned = [1]
    let optimiser = configuration.optimisation.optimiser.make(weightDecay: 0.01)
    func step(_ number: Int) throws -> StepResult {
      model.trainingStep(
        try clips.batch(step: number), optimiser: optimiser, average: .init(), learningRate: 1e-3,
        clipNorm: 1)
    }
    #expect(try step(0).skipReason == nil)
    let before = model.online.all.map(\.value.array) + model.teacher.all.map(\.value.array)
    let state = model.objectives.state.mapValues(\.array)
    let memory = optimiser.state.mapValues(\.array)
    #expect(try step(1).skipReason != nil)
    #expect(model.online.all.map(\.value.array) + model.teacher.all.map(\.value.array) == before)
    #expect(model.objectives.state.mapValues(\.array) == state)
    #expect(optimiser.state.mapValues(\.array) == memory)
    #expect(try step(2).skipReason == nil)
  }

  @Test func skippedStepsAreCountedAndTold() throws {
    let scratch = try ScratchFolder()
    let (trainer, recorder) = try train(smallConfiguration(), in: scratch.path("run")) {
      $0.poisoned = [1, 2, 5]
    }
    #expect(trainer.state.skippedSteps == 3)
    #expect(trainer.state.skippedInARow == 1)
    #expect(recorder.notes.filter { $0.contains("skipped") }.count == 3)
    #expect(recorder.reports.last?.skippedSteps == 3)
  }

  /// However many there are each reason is told once, and the first few are kept.
  @Test func skippedClipsAreToldOnce() throws {
    let scratch = try ScratchFolder()
    let reasons = (0..<210).map { "\($0).mp4: damaged" }
    var stop: Int32?
    func session(resume: Bool) throws -> (trainer: Trainer, recorder: Recorder) {
      try train(smallConfiguration(steps: 4), in: scratch.path("run"), resume: resume) {
        $0.skipped = reasons
        $0.onBatch = { step in stop = step == 1 ? 15 : nil }
      } stop: {
        stop
      }
    }
    for resume in [false, true] {
      stop = nil
      let (trainer, recorder) = try session(resume: resume)
      let told = recorder.notes.filter { $0.hasPrefix("clip skipped: ") }
      // What is saved is known to the next session.
      #expect(told == reasons[(resume ? 200 : 0)...].map { "clip skipped: " + $0 })
      #expect(trainer.state.skippedReasons == Array(reasons[..<200]))
    }
  }

  @Test func tenInARowEndTheRun() throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: TrainingError.self) {
      try train(smallConfiguration(steps: 30), in: scratch.path("run")) {
        $0.poisoned = Set(3..<30)
      }
    }
    guard case .diverged(let step, let inARow, _) = error else {
      Issue.record("not diverged: \(String(describing: error))")
      return
    }
    #expect(step == 12 && inARow == 10)
    #expect(error?.exitStatus == 70)
  }
}
