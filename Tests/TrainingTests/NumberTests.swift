import Foundation
import NeuralNetworks
import Objectives
import Storage
import TensorCore
import TestSupport
import Testing
import Training

/// Values that are not finite stay out of the model and of what is saved; a run that does not learn says so.
@Suite(.serialized) struct NumberTests {
  @Test func theOffendingFileIsNamed() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let clips = try FaultyClips(configuration.clips)
    let batch = try clips.batch(step: 1)
    let name = clips.name(ofVideo: batch.videos[0])
    let (trainer, recorder) = try train(configuration, in: scratch.path("run")) {
      $0.poisoned = [1]
      $0.poisonsOneClip = true
    }
    let told = try #require(recorder.notes.first { $0.hasPrefix("step 1 skipped: ") })
    #expect(told.hasSuffix("is not finite (not finite in \(name))"), "\(told)")
    #expect(trainer.state.skippedReasons == [told.replacingOccurrences(of: " skipped", with: "")])
    let report = String(
      decoding: try readBytes(scratch.path("run/report.html")), as: UTF8.self)
    #expect(report.contains("not finite in \(name)"))
    #expect(report.contains("1 step was skipped: a value was not finite"))
  }

  /// Weights that have grown beyond all bounds: the batch is no more at fault than any other, and is named whole.
  @Test func aRunThatDivergesSavesNothingThatIsNotFinite() throws {
    let scratch = try ScratchFolder()
    var configuration = smallConfiguration(steps: 40)
    configuration.optimisation.learningRate = 1e20
    configuration.optimisation.warmup = 0
    configuration.checkpointEvery = 1
    let error = #expect(throws: TrainingError.self) {
      try train(configuration, in: scratch.path("run"))
    }
    #expect(error?.exitStatus == 70)
    let text = error?.description ?? ""
    #expect(text.contains("(clips of ") && text.contains("10 steps in a row"), "\(text)")
    let checkpoints = CheckpointFolder(scratch.path("run/checkpoints"))
    let step = try #require(try checkpoints.newest().step)
    for name in ["weights", "teacher", "optimiser", "objectives"] {
      let file = try SafetensorsFile(checkpoints.path(step: step) + "/\(name).safetensors")
      for tensor in file.names { #expect(try file.tensor(tensor).isFinite, "\(name) \(tensor)") }
    }
  }

  @Test func whatIsNotFiniteIsNeverSaved() throws {
    let scratch = try ScratchFolder()
    let configuration = smallConfiguration()
    let folder = try RunFolder(scratch.path("run"), configuration, resume: false)
    let clips = try FaultyClips(configuration.clips)
    let trainer = try Trainer(configuration, folder: folder, source: clips, stop: { nil })
    let victim = trainer.model.teacher.all[0]
    clips.onBatch = { step in
      if step == 3 { victim.value = Tensor(repeating: .infinity, victim.value.shape) }
    }
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(error?.exitStatus == 70)
    #expect(error?.description.contains("after step 4 \(victim.name) is not finite") == true)
    #expect(try folder.checkpoints.steps == [2])
    let model = try SafetensorsFile(folder.modelPath)
    for name in model.names { #expect(try model.tensor(name).isFinite, "\(name)") }
  }

  /// Squares of such gradients are infinite in single precision, and optimisers remember squares.
  @Test func gradientsTooLargeToSquareAreSkipped() throws {
    var configuration = smallConfiguration()
    configuration.objectives = configuration.objectives.map { ($0.type, $0.weight * 1e20) }
    let clips = try FaultyClips(configuration.clips)
    for (clipNorm, isSkipped) in [(0.0, true), (1.0, false)] {
      let model = PretrainingModel(configuration)
      let before = model.online.all.map(\.value.array)
      let optimiser = configuration.optimisation.optimiser.make(weightDecay: 0)
      let result = model.trainingStep(
        try clips.batch(step: 0), optimiser: optimiser, average: .init(), learningRate: 1e-3,
        clipNorm: clipNorm)
      #expect((result.skipReason?.hasPrefix("the gradients have a norm of") ?? false) == isSkipped)
      #expect((model.online.all.map(\.value.array) == before) == isSkipped)
      for tensor in optimiser.state.values { #expect(tensor.isFinite) }
    }
  }

  @Test func aRunThatStopsLearningSaysSo() throws {
    let scratch = try ScratchFolder()
    var configuration = smallConfiguration(steps: 40)
    configuration.optimisation.learningRate = 0
    configuration.evaluateEvery = 10
    configuration.checkpointEvery = 100
    let (trainer, recorder) = try train(configuration, in: scratch.path("run"))
    let warning = try #require(trainer.state.learning?.warning)
    #expect(
      warning.hasPrefix("the run may have stopped learning: the loss has not fallen since step 10"))
    #expect(recorder.notes.contains(warning))
    #expect(trainer.state.warnings.contains(warning))
    let report = String(decoding: try readBytes(scratch.path("run/report.html")), as: UTF8.self)
    #expect(report.contains("the run may have stopped learning"))
  }

  /// Means of ten losses with a spread of 0.1.
  private func look(_ watch: inout LearningWatch, _ mean: Double, _ step: Int) -> String? {
    for index in 0..<10 {
      watch.add(loss: mean + (index % 2 == 0 ? 0.1 : -0.1), gradientNorm: 1)
    }
    watch.look(step: step)
    return watch.warning
  }

  @Test func aLossThatFallsIsNoStandstill() {
    var watch = LearningWatch()
    for (index, mean) in [5.0, 4.5, 4.45, 4.44, 4, 4, 3.5, 3.5, 3.5].enumerated() {
      #expect(look(&watch, mean, index) == nil, "look \(index)")
    }
    #expect(look(&watch, 3.49, 9) != nil)
    #expect(look(&watch, 3.6, 10)?.contains("since step 6 (3.5 then, 3.6 now)") == true)
    // It speaks no more once the loss falls again.
    #expect(look(&watch, 3, 11) == nil)
    // What was reached in another task is no measure.
    watch.startOver()
    for step in 12..<15 { #expect(look(&watch, 9, step) == nil) }
    #expect(look(&watch, 9, 15) != nil)
    watch.startOver()
    // Too few steps say nothing.
    watch.add(loss: 9, gradientNorm: 1)
    watch.look(step: 12)
    #expect(watch.warning == nil)
  }

  @Test func stepsWithoutAGradientAreToldOnce() {
    var watch = LearningWatch()
    var told = 0
    for index in 0..<50 {
      watch.add(loss: index % 2 == 0 ? nil : 1, gradientNorm: 0)
      if watch.hasJustIdled { told += 1 }
    }
    #expect(told == 1)
    #expect(watch.warning?.contains("last 50 steps") == true)
    watch.add(loss: 1, gradientNorm: 0.1)
    #expect(watch.warning == nil)
  }
}
