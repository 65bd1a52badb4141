import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// Audio-visual correspondence: a clip's picture and sound must find each other among those of other
/// videos.
package final class AudioVisual: Objective {
  package static let name = "av"
  package static let paper =
    "Morgado, Vasconcelos, Misra: Audio-Visual Instance Discrimination with Cross-Modal Agreement,"
    + " CVPR 2021; He et al.: Momentum Contrast, CVPR 2020"

  private static let temperature = Setting.double(
    "av.temperature", default: 0.07, in: 0.001...10,
    "Divides the similarities of picture and sound before the softmax.")
  private static let queue = Setting.int(
    "av.queue", default: 256, in: 0...65_536,
    "Embeddings of past clips kept as further negatives, of each modality.")
  private static let outOfSync = Setting.flag(
    "av.out-of-sync",
    "Count the sound of the same video more than a second away as a negative too.")
  private static let dimension = Setting.int(
    "av.dimension", default: 128, in: 1...4096, "Channels of a clip's embedding.")
  package static let options = [
    temperature.option, queue.option, outOfSync.option, dimension.option,
  ]

  /// Seconds between two views of a video beyond which their sounds count as different.
  private static let syncDistance = 1.0

  private let temperature: Float
  private let outOfSync: Bool
  private let imageHead: ProjectionHead
  private let audioHead: ProjectionHead
  private let teacherImageHead: ProjectionHead
  private let teacherAudioHead: ProjectionHead
  private var imageQueue: EmbeddingQueue
  private var audioQueue: EmbeddingQueue

  package init(
    options: OptionValues, dimensions: FeatureDimensions, store: ParameterStore,
    teacher: ParameterStore, seed: UInt64
  ) {
    temperature = Float(options[Self.temperature])
    outOfSync = options[Self.outOfSync]
    let outputs = options[Self.dimension]
    func makeHead(_ modality: String, _ inputs: Int, _ store: ParameterStore) -> ProjectionHead {
      // Pooled features share a large mean that a plain head takes hundreds of steps to get rid of; batch
      // normalisation takes it away at once.
      ProjectionHead(
        store, "heads.av.\(modality)", inputs: inputs, hidden: max(inputs, outputs),
        outputs: outputs, batchNorm: true, seed: seed)
    }
    imageHead = makeHead("image", dimensions.visual, store)
    audioHead = makeHead("audio", dimensions.audio, store)
    teacherImageHead = makeHead("image", dimensions.visual, teacher)
    teacherAudioHead = makeHead("audio", dimensions.audio, teacher)
    imageQueue = EmbeddingQueue(limit: options[Self.queue], dimension: outputs)
    audioQueue = imageQueue
  }

  /// Without a queue the keys are those of the online network, which then learns from both sides.
  package var needs: BatchNeeds {
    BatchNeeds(views: outOfSync ? 2 : 1, audio: true, teacher: imageQueue.limit > 0)
  }

  package func loss(_ context: StepContext) -> ObjectiveResult {
    let batch = context.batch
    let silent = ("silent", Double(batch.hasAudio.reduce(0) { $0 + ($1 ? 0 : 1) }))
    guard let (image, audio, clips) = embed(context) else {
      return ObjectiveResult(loss: nil, metrics: [silent])
    }
    let videos = clips.map { batch.videos[$0] }
    func contrast(with queue: EmbeddingQueue) -> Contrast {
      Contrast(positives: Array(clips.indices), temperature: temperature) { query, candidate in
        candidate < clips.count
          ? self.areApart(clips[query], clips[candidate], batch)
          : queue.videos[candidate - clips.count] != videos[query]
      }
    }
    let tape = context.tape
    let keys = imageQueue.limit > 0 ? teacherKeys(context, clips) : (image: image, audio: audio)
    let toAudio = tape.infoNCE(
      image, keys: keys.audio, queue: audioQueue.rows, contrast(with: audioQueue))
    let toImage = tape.infoNCE(
      audio, keys: keys.image, queue: imageQueue.rows, contrast(with: imageQueue))
    if tape.isTraining {
      imageQueue.append(keys.image.value, videos: videos)
      audioQueue.append(keys.audio.value, videos: videos)
    }
    guard let first = toAudio.loss, let second = toImage.loss else {
      return ObjectiveResult(loss: nil, metrics: [silent])
    }
    let loss = tape.weightedSum([(0.5, first), (0.5, second)])
    return ObjectiveResult(
      loss: loss,
      metrics: [
        ("loss", Double(loss.value.scalar)),
        ("accuracy", (toAudio.accuracy + toImage.accuracy) / 2),
        ("chance", (toAudio.chance + toImage.chance) / 2), silent,
      ])
  }

  /// Whether two clips of a batch may stand against each other.
  private func areApart(_ a: Int, _ b: Int, _ batch: ClipBatch) -> Bool {
    if batch.videos[a] != batch.videos[b] { return true }
    return outOfSync && abs(batch.times[a] - batch.times[b]) > Self.syncDistance
  }

  /// The embeddings of the clips with sound, and which those are; nil where there is none, in training also of one
  /// alone: normalised by its own statistics every clip is the same. Silent clips stay out of the heads, whose batch
  /// statistics they would spoil.
  fileprivate func embed(
    _ context: StepContext
  ) -> (image: Variable, audio: Variable, clips: [Int])? {
    let clips = (0..<context.batch.clips).filter { context.batch.hasAudio[$0] }
    let tape = context.tape
    guard let sound = context.encoded.audio, clips.count > (tape.isTraining ? 1 : 0) else {
      return nil
    }
    func rows(_ features: Variable) -> Variable { tape.gatherRows(features, clips) }
    return (
      tape.l2Normalise(imageHead(rows(context.encoded.pooled), tape)),
      tape.l2Normalise(audioHead(rows(sound), tape)), clips
    )
  }

  /// The momentum copy's embeddings of the same clips. What the queue holds must have come from a network
  /// that changes slowly: negatives of an older online network are told from the positives by their age
  /// alone, and little else is learned.
  private func teacherKeys(
    _ context: StepContext, _ clips: [Int]
  ) -> (image: Variable, audio: Variable) {
    guard let teacher = context.teacher, let sound = teacher.audio else {
      preconditionFailure("av with a queue needs the teacher's features of picture and sound")
    }
    let tape = Tape(recording: false, training: context.tape.isTraining)
    func embed(_ head: ProjectionHead, _ features: Variable) -> Variable {
      tape.l2Normalise(head(tape.gatherRows(tape.constant(features.value), clips), tape))
    }
    return (embed(teacherImageHead, teacher.pooled), embed(teacherAudioHead, sound))
  }

  package func scorer() -> any HeldOutScorer { AudioVisualScorer(self) }

  package var state: [String: Tensor] {
    get {
      var all: [String: Tensor] = [:]
      for (key, tensor) in imageQueue.state { all["queue.image." + key] = tensor }
      for (key, tensor) in audioQueue.state { all["queue.audio." + key] = tensor }
      return all
    }
    set {
      func part(_ modality: String) -> [String: Tensor] {
        var own: [String: Tensor] = [:]
        for key in ["rows", "videos"] { own[key] = newValue["queue.\(modality).\(key)"] }
        return own
      }
      imageQueue.state = part("image")
      audioQueue.state = part("audio")
    }
  }
}

/// How often the picture and the sound of a held-out clip find each other; silent clips are left out.
private final class AudioVisualScorer: HeldOutScorer {
  private let objective: AudioVisual
  private var image = EmbeddingTable()
  private var audio = EmbeddingTable()

  init(_ objective: AudioVisual) { self.objective = objective }

  func add(_ context: StepContext) {
    guard let (imageRows, audioRows, clips) = objective.embed(context) else { return }
    let videos = clips.map { context.batch.videos[$0] }
    image.append(imageRows.value, videos: videos)
    audio.append(audioRows.value, videos: videos)
  }

  var scores: [HeldOutScore] {
    let pairs = PairedScores(image, audio)
    return [pairs.correspondence, pairs.retrieval].compactMap { $0 }
  }
}
