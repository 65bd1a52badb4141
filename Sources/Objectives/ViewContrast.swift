import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// The options of an objective that makes the views of one video find each other.
struct ViewContrastSettings {
  let method: Setting<String>
  let temperature: Setting<Double>
  let queue: Setting<Int>
  let dimension: Setting<Int>

  /// Those of the objective `name`.
  init(_ name: String) {
    method = Setting.choice(
      "\(name).method", ["moco", "byol"], default: "moco",
      "moco: contrast with other videos; byol: prediction of the other view, without negatives.")
    temperature = Setting.double(
      "\(name).temperature", default: 0.1, in: 0.001...10,
      "Divides the similarities before the softmax (moco).")
    queue = Setting.int(
      "\(name).queue", default: 256, in: 0...65_536,
      "Keys of past clips kept as further negatives (moco).")
    dimension = Setting.int(
      "\(name).dimension", default: 128, in: 1...4096, "Channels of a clip's embedding.")
  }

  var all: [Option] { [method.option, temperature.option, queue.option, dimension.option] }

  /// Without negatives there is no softmax over them.
  func idle(_ values: OptionValues) -> (options: [Option], cause: String)? {
    guard values[method] == "byol" else { return nil }
    return ([temperature.option, queue.option], "--\(method.option.name) byol")
  }
}

/// Brings the views of a video together by features of one encoder: momentum contrast (He et al., CVPR 2020), or
/// the prediction of the other view without negatives (Grill et al., BYOL, NeurIPS 2020).
struct ViewContrast {
  private let temperature: Float
  private let projector: ProjectionHead
  private let teacherProjector: ProjectionHead
  /// From an embedding of one view to that of the other; only BYOL has one.
  private let predictor: ProjectionHead?
  private var queue: EmbeddingQueue

  /// Makes the heads below `prefix` for features of `inputs` channels.
  init(
    _ settings: ViewContrastSettings, _ options: OptionValues, prefix: String, inputs: Int,
    store: ParameterStore, teacher: ParameterStore, seed: UInt64
  ) {
    temperature = Float(options[settings.temperature])
    let outputs = options[settings.dimension]
    let predicts = options[settings.method] == "byol"
    func makeProjector(_ store: ParameterStore) -> ProjectionHead {
      // Pooled features share a large mean that a plain head takes hundreds of steps to get rid of; batch
      // normalisation takes it away at once.
      ProjectionHead(
        store, "\(prefix).projector", inputs: inputs, hidden: max(inputs, outputs),
        outputs: outputs, batchNorm: true, seed: seed)
    }
    func makePredictor(_ store: ParameterStore) -> ProjectionHead? {
      guard predicts else { return nil }
      return ProjectionHead(
        store, "\(prefix).predictor", inputs: outputs, hidden: outputs, outputs: outputs,
        batchNorm: true, seed: seed)
    }
    projector = makeProjector(store)
    teacherProjector = makeProjector(teacher)
    predictor = makePredictor(store)
    _ = makePredictor(teacher)
    queue = EmbeddingQueue(limit: predicts ? 0 : options[settings.queue], dimension: outputs)
  }

  /// The loss of the clips `clips` of a batch, which hold all the views of each of their videos, one after the
  /// other; `features` and `teacher` have a row for each of them. No loss where there are none, in training also of one
  /// video alone: normalised by their own statistics its two views are opposites, whatever they show.
  mutating func loss(
    _ features: Variable, teacher: Tensor, clips: [Int], _ batch: ClipBatch, _ tape: Tape
  ) -> ObjectiveResult {
    guard clips.count > (tape.isTraining ? batch.views : 0) else {
      return ObjectiveResult(loss: nil, metrics: [])
    }
    // A tape that does not record: no gradient flows into the keys.
    let keyTape = Tape(recording: false, training: tape.isTraining)
    let keys = keyTape.l2Normalise(teacherProjector(keyTape.constant(teacher), keyTape))
    let partners = clips.indices.map { clip in
      clip - clip % batch.views + (clip % batch.views + 1) % batch.views
    }
    if let predictor {
      return predict(with: predictor, features, keys: keys.value, partners, tape)
    }
    let videos = clips.map { batch.videos[$0] }
    let queued = queue.videos
    let outcome = tape.infoNCE(
      embed(features, tape), keys: tape.constant(keys.value), queue: queue.rows,
      Contrast(positives: partners, temperature: temperature) { query, candidate in
        let other =
          candidate < videos.count ? videos[candidate] : queued[candidate - videos.count]
        return other != videos[query]
      })
    if tape.isTraining { queue.append(keys.value, videos: videos) }
    return ObjectiveResult(
      loss: outcome.loss,
      metrics: [
        ("loss", outcome.loss.map { Double($0.value.scalar) } ?? 0),
        ("accuracy", outcome.accuracy), ("chance", outcome.chance),
      ])
  }

  /// BYOL: the mean of 2 − 2 cos(prediction of a view, the teacher's embedding of the other).
  private func predict(
    with predictor: ProjectionHead, _ features: Variable, keys: Tensor, _ partners: [Int],
    _ tape: Tape
  ) -> ObjectiveResult {
    let targets = tape.gatherRows(tape.constant(keys), partners)
    let loss = tape.cosineDistance(predictor(projector(features, tape), tape), targets)
    return ObjectiveResult(loss: loss, metrics: [("loss", Double(loss.value.scalar))])
  }

  /// Features [n, inputs] -> embeddings of unit length [n, dimension].
  func embed(_ features: Variable, _ tape: Tape) -> Variable {
    tape.l2Normalise(projector(features, tape))
  }

  var state: [String: Tensor] {
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
final class ViewScorer: HeldOutScorer {
  private let embed: (StepContext) -> (rows: Tensor, clips: [Int])?
  private var first = EmbeddingTable()
  private var second = EmbeddingTable()

  /// `embed` gives the embeddings of some clips, all the views of their videos one after the other.
  init(_ embed: @escaping (StepContext) -> (rows: Tensor, clips: [Int])?) { self.embed = embed }

  func add(_ context: StepContext) {
    let batch = context.batch
    guard batch.views > 1, let (rows, clips) = embed(context) else { return }
    for place in stride(from: 0, to: clips.count, by: batch.views) {
      let video = batch.videos[clips[place]]
      first.append(rows.slice(place..<place + 1), videos: [video])
      second.append(rows.slice(place + 1..<place + 2), videos: [video])
    }
  }

  var scores: [HeldOutScore] { [PairedScores(first, second).retrieval].compactMap { $0 } }
}
