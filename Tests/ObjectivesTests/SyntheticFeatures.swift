import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import TensorCore

/// Features as encoders might give them for a world that can be learned: every video has a hidden cause that
/// shows in the picture and in the sound, every node of a clip an identity that stays from frame to frame, and
/// all of it is buried under louder noise in other directions. Every clip ends with a return view, whose
/// nodes are where the first frame's are.
struct SyntheticFeatures {
  /// Of a return view that shows what the clip's frame does.
  static let sameView = ViewMap(xScale: 1, xShift: 0, yScale: 1, yShift: 0)
  static let dimensions = FeatureDimensions(visual: 20, audio: 14)
  /// Channels of a cause or an identity.
  private static let signal = 8

  let batch: ClipBatch
  let nodes: Tensor
  let pooled: Tensor
  let audio: Tensor

  /// `videos` numbers the videos; two steps hold different noise over the same causes.
  init(
    videos: [Int], views: Int = 2, frames: Int = 4, grid: (rows: Int, columns: Int) = (2, 3),
    step: Int = 0, noise: Float = 1.5, seed: UInt64 = 0, silent: Set<Int> = []
  ) {
    let clips = videos.count * views
    let cells = grid.rows * grid.columns
    let (visual, audible) = (Self.dimensions.visual, Self.dimensions.audio)
    func row(_ cause: inout CounterRandom, _ fresh: inout CounterRandom, _ width: Int) -> [Float] {
      (0..<width).map {
        $0 < Self.signal ? cause.normal() + 0.2 * fresh.normal() : noise * fresh.normal()
      }
    }
    var nodes: [Float] = []
    var pooled: [Float] = []
    var audio: [Float] = []
    for clip in 0..<clips {
      let video = videos[clip / views]
      var fresh = CounterRandom(
        seed: seed &+ 1, purpose: .test, epoch: clip, video: video, step: step)
      var again = CounterRandom(
        seed: seed &+ 2, purpose: .test, epoch: clip, video: video, step: step)
      for look in 0...frames {
        for cell in 0..<cells {
          var identity = CounterRandom(seed: seed, purpose: .test, epoch: 1 + cell, video: video)
          nodes +=
            look < frames
            ? row(&identity, &fresh, visual) : row(&identity, &again, visual)
        }
      }
      var cause = CounterRandom(seed: seed, purpose: .test, video: video)
      pooled += row(&cause, &fresh, visual)
      cause = CounterRandom(seed: seed, purpose: .test, video: video)
      audio +=
        silent.contains(clip) ? .init(repeating: 0, count: audible) : row(&cause, &fresh, audible)
    }
    self.nodes = Tensor(nodes, [clips * (frames + 1) * cells, visual])
    self.pooled = Tensor(pooled, [clips, visual])
    self.audio = Tensor(audio, [clips, audible])
    self.grid = grid
    batch = ClipBatch(
      step: step, views: views, frames: frames, layout: .patches(side: 1, patch: 1),
      images: .zeros([0]), videos: (0..<clips).map { videos[$0 / views] },
      times: (0..<clips).map { 3 * Double($0 % views) },
      homecomings: (0..<clips).map { _ in Self.sameView }, audio: nil,
      hasAudio: (0..<clips).map { !silent.contains($0) })
  }

  let grid: (rows: Int, columns: Int)

  /// The three inputs of an objective in the order nodes, pooled, audio.
  var inputs: [Tensor] { [nodes, pooled, audio] }

  /// What an objective sees on `tape` with the given nodes, pooled and audio features, which may be leaves.
  func context(_ tape: Tape, _ inputs: [Variable], teacher: [Tensor], seed: UInt64 = 5)
    -> StepContext
  {
    StepContext(
      tape: tape, batch: batch, encoded: encoded(inputs),
      teacher: encoded(teacher.map(tape.constant)), seed: seed)
  }

  /// The same, with every feature a constant and the teacher seeing the same features.
  func context(_ tape: Tape, seed: UInt64 = 5) -> StepContext {
    context(tape, inputs.map(tape.constant), teacher: inputs, seed: seed)
  }

  private func encoded(_ inputs: [Variable]) -> EncodedClips {
    EncodedClips(
      clips: batch.clips, looks: batch.looks, grid: grid, nodes: inputs[0], pooled: inputs[1],
      audio: inputs[2])
  }
}

extension SyntheticFeatures {
  /// The same features as those of another step.
  func moved(toStep step: Int) -> SyntheticFeatures {
    var batch = batch
    batch.step = step
    return SyntheticFeatures(
      batch: batch, nodes: nodes, pooled: pooled, audio: audio, grid: grid)
  }

  private init(
    batch: ClipBatch, nodes: Tensor, pooled: Tensor, audio: Tensor,
    grid: (rows: Int, columns: Int)
  ) {
    self.batch = batch
    self.nodes = nodes
    self.pooled = pooled
    self.audio = audio
    self.grid = grid
  }
}
