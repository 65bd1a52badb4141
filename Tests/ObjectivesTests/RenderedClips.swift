import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import SampleClips
import TensorCore

/// Rendered sample clips at a small size, the last of each class held out.
struct RenderedClips {
  private let builder: ClipBuilder
  private let training: [Int]
  private let heldOut: [Int]

  /// Shared by all tests, so that every clip is drawn once.
  static let shared = Result { try RenderedClips() }

  private init() throws {
    let perKind = 8
    let source = SyntheticSource(SampleClipSet(seed: 3, clipsPerKind: perKind))
    var settings = ClipSettings()
    settings.videos = 10
    settings.frames = 3
    settings.layout = .patches(side: 3, patch: 24)
    settings.audioSeconds = 0.96
    settings.returnView = true
    let index = VideoIndex(
      videos: source.paths.map {
        VideoEntry(
          relativePath: $0, path: $0, identity: FileIdentity(size: 0, modified: 0),
          probe: source.probe(path: $0))
      })
    let cache = SegmentCache(source)
    // The index is in alphabetical order of the paths: by class, then by number.
    training = index.videos.indices.filter { $0 % perKind < perKind - 2 }
    heldOut = index.videos.indices.filter { $0 % perKind >= perKind - 2 }
    let normalisation = try AudioNormalisation.measure(
      index: index, videos: training, settings: settings, cache: cache, seed: 0)
    builder = ClipBuilder(
      index: index, settings: settings, cache: cache, normalisation: normalisation, seed: 0)
  }

  /// Calls `body` with the batches of the first `steps` steps.
  func forEachBatch(steps: Int, _ body: (ClipBatch) -> Void) throws {
    let loader = try ClipLoader(builder, videos: training, seed: 0, threads: 1)
    for _ in 0..<steps { body(try loader.next().batch) }
    loader.stop()
  }

  /// Two views of every held-out clip.
  func heldOutBatches() throws -> [ClipBatch] {
    let clips = HeldOutClips(builder, videos: heldOut)
    return try (0..<clips.batchCount(size: 10)).compactMap { try clips.batch($0, size: 10).batch }
  }
}

/// Encoders and one objective, with their momentum copies.
final class SmallModel {
  let online = ParameterStore()
  let teacher = ParameterStore()
  let objective: any Objective
  private let encoders: Encoders
  private let teacherEncoders: Encoders

  init(_ entry: Entry, seed: UInt64 = 1) {
    let configuration = EncoderConfiguration(width: 16, audioWidth: 8)
    encoders = Encoders(configuration: configuration, store: online, seed: seed)
    teacherEncoders = Encoders(configuration: configuration, store: teacher, seed: seed)
    objective = entry.type.init(
      options: entry.values,
      dimensions: FeatureDimensions(
        visual: encoders.visual.channels, audio: encoders.sound.channels),
      store: online, teacher: teacher, seed: seed)
  }

  private func context(_ batch: ClipBatch, _ tape: Tape) -> StepContext {
    let needs = objective.needs
    return StepContext(
      tape: tape, batch: batch, encoded: encoders.encode(batch, tape: tape, audio: needs.audio),
      teacher: needs.teacher && tape.isTraining
        ? teacherEncoders.encode(batch, tape: .evaluation(), audio: needs.audio) : nil, seed: 0)
  }

  func train(on clips: RenderedClips, steps: Int, rate: Double) throws {
    let optimiser = OptimiserKind.adamw.make(weightDecay: 1e-4)
    let average = WeightAverage(decay: 0.99)
    let schedule = WarmupCosine(peak: rate, warmup: steps / 10, total: steps, floor: 0)
    try clips.forEachBatch(steps: steps) { batch in
      let tape = Tape()
      guard let loss = objective.loss(context(batch, tape)).loss else { return }
      tape.backward(from: loss)
      let trained = online.trained
      optimiser.step(
        trained, gradients: trained.map { tape.gradient(of: $0) }, gradientScale: 1,
        learningRate: schedule.rate(batch.step))
      average.update(teacher, towards: online, step: batch.step)
    }
  }

  func scores(on batches: [ClipBatch]) -> [HeldOutScore] {
    objective.heldOutScores(batches.map { context($0, .evaluation()) })
  }
}

extension Objective {
  /// The scores over a list of batches.
  func heldOutScores(_ batches: [StepContext]) -> [HeldOutScore] {
    let scorer = scorer()
    for batch in batches { scorer.add(batch) }
    return scorer.scores
  }
}
