import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// Temporal positives: two clips of one video at different times must find each other among clips of
/// other videos.
package final class Temporal: Objective {
  package static let name = "temporal"
  package static let paper =
    "Gordon, Ehsani, Fox, Farhadi: Watching the World Go By (VINCE), 2020; Purushwalkam, Gupta:"
    + " Demystifying Contrastive Self-Supervised Learning, NeurIPS 2020; He et al.: Momentum Contrast,"
    + " CVPR 2020; Grill et al.: Bootstrap Your Own Latent, NeurIPS 2020"

  private static let method = Setting.choice(
    "temporal.method", ["moco", "byol"], default: "moco",
    "moco: contrast with other videos; byol: prediction of the other view, without negatives.")
  private static let temperature = Setting.double(
    "temporal.temperature", default: 0.1, in: 0.001...10,
    "Divides the similarities before the softmax (moco).")
  private static let queue = Setting.int(
    "temporal.queue", default: 256, in: 0...65_536,
    "Keys of past clips kept as further negatives (moco).")
  private static let dimension = Setting.int(
    "temporal.dimension", default: 128, in: 1...4096, "Channels of a clip's embedding.")
  package static let options = [
    method.option, temperature.option, queue.option, dimension.option,
  ]

  private let temperature: Float
  private let projector: ProjectionHead
  private let teacherProjector: ProjectionHead
  /// From an embedding of one view to that of the other; only BYOL has one.
  private let predictor: ProjectionHead?
  private var queue: EmbeddingQueue

  package init(
    options: OptionValues, dimensions: FeatureDimensions, store: ParameterStore,
    teacher: ParameterStore, seed: UInt64
  ) {
    temperature = Float(options[Self.temperature])
    let outputs = options[Self.dimension]
    let predicts = options[Self.method] == "byol"
    func makeProjector(_ store: ParameterStore) -> ProjectionHead {
      // Pooled features share a large mean that a plain head takes hundreds of steps to get rid of; batch
      // normalisation takes it away at once.
      ProjectionHead(
        store, "heads.temporal.projector", inputs: dimensions.visual,
        hidden: max(dimensions.visual, outputs), outputs: outputs, batchNorm: true, seed: seed)
    }
    func makePredictor(_ store: ParameterStore) -> ProjectionHead? {
      guard predicts else { return nil }
      return ProjectionHead(
        store, "heads.temporal.predictor", inputs: outputs, hidden: outputs, outputs: outputs,
        batchNorm: true, seed: seed)
    }
    projector = makeProjector(store)
    teacherProjector = makeProjector(teacher)
    predictor = makePredictor(store)
    _ = makePredictor(teacher)
    queue = EmbeddingQueue(limit: predicts ? 0 : options[Self.queue], dimension: outputs)
  }

  package var needs: BatchNeeds { BatchNeeds(views: 2, teacher: true) }

  package func loss(_ context: StepContext) -> ObjectiveResult {
    guard let teacher = context.teacher, context.batch.views > 1 else {
      preconditionFailure("temporal needs the teacher's features of two views")
    }
    // A tape that does not record: no gradient flows into the keys.
    let keyTape = Tape(recording: false, training: context.tape.isTraining)
    let keys = keyTape.l2Normalise(
      teacherProjector(keyTape.constant(teacher.pooled.value), keyTape))
    if let predictor {
      return predict(with: predictor, keys: keys.value, context)
    }
    return contrast(keys: keys.value, context)
  }

  /// Momentum contrast: the teacher's embedding of the other view against those of other videos.
  private func contrast(keys: Tensor, _ context: StepContext) -> ObjectiveResult {
    let tape = context.tape
    let batch = context.batch
    let outcome = tape.infoNCE(
      embed(context), keys: tape.constant(keys), queue: queue.rows,
      Contrast(
        positives: (0..<batch.clips).map { Self.partner(of: $0, batch) }, temperature: temperature
      ) { query, candidate in
        let other =
          candidate < batch.clips
          ? batch.videos[candidate] : self.queue.videos[candidate - batch.clips]
        return other != batch.videos[query]
      })
    if tape.isTraining { queue.append(keys, videos: batch.videos) }
    return ObjectiveResult(
      loss: outcome.loss,
      metrics: [
        ("loss", outcome.loss.map { Double($0.value.scalar) } ?? 0),
        ("accuracy", outcome.accuracy), ("chance", outcome.chance),
      ])
  }

  /// BYOL: the mean of 2 − 2 cos(prediction of a view, the teacher's embedding of the other).
  private func predict(
    with predictor: ProjectionHead, keys: Tensor, _ context: StepContext
  ) -> ObjectiveResult {
    let tape = context.tape
    let batch = context.batch
    let targets = tape.gatherRows(
      tape.constant(keys), (0..<batch.clips).map { Self.partner(of: $0, batch) })
    let loss = tape.cosineDistance(
      predictor(projector(context.encoded.pooled, tape), tape), targets)
    return ObjectiveResult(loss: loss, metrics: [("loss", Double(loss.value.scalar))])
  }

  /// The next view of the same video.
  private static func partner(of clip: Int, _ batch: ClipBatch) -> Int {
    let view = clip % batch.views
    return clip - view + (view + 1) % batch.views
  }

  fileprivate func embed(_ context: StepContext) -> Variable {
    let tape = context.tape
    return tape.l2Normalise(projector(context.encoded.pooled, tape))
  }

  package func scorer() -> any HeldOutScorer { TemporalScorer(self) }

  package var state: [String: Tensor] {
    get {
      var all: [String: Tensor] = [:]
      for (key, tensor) in queue.state { all["queue." + key] = tensor }
      return all
    }
    set {
      var own: [String: Tensor] = [:]
      for key in ["rows", "videos"] { own[key] = newValue["queue." + key] }
      queue.state = own
    }
  }
}

/// How often one view of a held-out video finds the other among those of all held-out videos.
private final class TemporalScorer: HeldOutScorer {
  private let objective: Temporal
  private var first = EmbeddingTable()
  private var second = EmbeddingTable()

  init(_ objective: Temporal) { self.objective = objective }

  func add(_ context: StepContext) {
    let batch = context.batch
    guard batch.views > 1 else { return }
    let rows = objective.embed(context).value
    for clip in stride(from: 0, to: batch.clips, by: batch.views) {
      let video = batch.videos[clip]
      first.append(rows.slice(clip..<clip + 1), videos: [video])
      second.append(rows.slice(clip + 1..<clip + 2), videos: [video])
    }
  }

  var scores: [HeldOutScore] { [PairedScores(first, second).retrieval].compactMap { $0 } }
}
