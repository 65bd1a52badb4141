import ClipData
import Foundation
import NeuralNetworks
import Objectives
import Storage
import TensorCore
import TestSupport
import Training

/// Small batches over videos that exist in memory only, with faults where a test wants them.
final class FaultyClips: BatchSource {
  private let clips: ClipSource
  /// Steps whose pictures are made NaN.
  var poisoned: Set<Int> = []
  /// Whether that is done to the first clip alone.
  var poisonsOneClip = false
  /// Reasons for which clips of every step were skipped.
  var skipped: [String] = []
  /// Called before a step's batch is handed out.
  var onBatch: (Int) throws -> Void = { _ in }

  init(_ settings: ClipSettings) throws {
    var options = SquaresSource.Options()
    options.silent = [3]
    let source = SquaresSource(options)
    let builder = ClipBuilder(
      index: source.index, settings: settings, cache: SegmentCache(source), normalisation: .none,
      seed: 0)
    clips = try ClipSource(builder, holdout: 0.5, seed: 0, threads: 1)
  }

  var stepsPerEpoch: Int { clips.stepsPerEpoch }

  func batch(step: Int) throws -> ClipBatch {
    try onBatch(step)
    var batch = try clips.batch(step: step)
    if poisoned.contains(step) {
      var values = batch.images.array
      for index in 0..<(poisonsOneClip ? values.count / batch.clips : values.count) {
        values[index] = .nan
      }
      batch.images = Tensor(values, batch.images.shape)
    }
    batch.skipped += skipped
    return batch
  }

  func name(ofVideo number: Int) -> String { clips.name(ofVideo: number) }

  func heldOutBatch(_ index: Int) throws -> (batch: ClipBatch?, skipped: [String])? {
    try clips.heldOutBatch(index)
  }
}

/// Keeps what it is told.
final class Recorder: TrainingObserver {
  var reports: [StepReport] = []
  var evaluations: [(step: Int, HeldOutEvaluation)] = []
  var notes: [String] = []
  func stepped(_ report: StepReport) { reports.append(report) }
  func evaluated(step: Int, _ evaluation: HeldOutEvaluation) {
    evaluations.append((step, evaluation))
  }
  func note(_ line: String) { notes.append(line) }
}

/// A run of a few small steps in which every objective takes part.
func smallConfiguration(steps: Int = 6) -> TrainingConfiguration {
  var clips = ClipSettings()
  clips.returnView = true
  clips.videos = 2
  clips.frames = 3
  clips.layout = .patches(side: 2, patch: 16)
  clips.audioSeconds = 0.32
  var configuration = TrainingConfiguration(
    encoder: EncoderConfiguration(width: 4, audioWidth: 4), clips: clips,
    objectives: [(Walk.self, 1), (AudioVisual.self, 0.5), (Temporal.self, 0.5)])
  configuration.length = .steps(steps)
  configuration.evaluateEvery = 4
  configuration.checkpointEvery = 2
  configuration.optimisation.warmup = 2
  return configuration
}

/// The interruption of a test: what SIGKILL leaves is what is on the disk when it is thrown.
struct Killed: Error {}

/// One session of a run; returns what it left in memory and told.
@discardableResult
func train(
  _ configuration: TrainingConfiguration, in folder: String, resume: Bool = false,
  _ prepare: (FaultyClips) -> Void = { _ in }, stop: @escaping () -> Int32? = { nil }
) throws -> (trainer: Trainer, recorder: Recorder) {
  let recorder = Recorder()
  let run = try RunFolder(folder, configuration, resume: resume)
  let clips = try FaultyClips(configuration.clips)
  prepare(clips)
  let trainer = try Trainer(
    configuration, folder: run, source: clips, logEvery: 2,
    observers: [recorder], stop: stop)
  _ = try trainer.run()
  return (trainer, recorder)
}

/// Every bit of the weights, the teacher and the objectives' state.
func bits(_ trainer: Trainer) -> [String: [UInt32]] {
  var all: [String: [UInt32]] = [:]
  for parameter in trainer.model.online.all {
    all[parameter.name] = parameter.value.array.map(\.bitPattern)
  }
  for parameter in trainer.model.teacher.all {
    all["teacher " + parameter.name] = parameter.value.array.map(\.bitPattern)
  }
  for (name, tensor) in trainer.model.objectives.state {
    all["state " + name] = tensor.array.map(\.bitPattern)
  }
  return all
}
