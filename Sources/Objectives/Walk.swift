import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// The contrastive random walk: a walker on the nodes of a clip that steps forwards in time and back again
/// must come home.
package final class Walk: Objective {
  package static let name = "walk"
  package static let paper =
    "Jabri, Owens, Efros: Space-Time Correspondence as a Contrastive Random Walk, NeurIPS 2020"

  private static let temperature = Setting.double(
    "walk.temperature", default: 0.05, in: 0.001...10,
    "Divides the affinities of neighbouring frames before the softmax.")
  private static let edgeDropout = Setting.double(
    "walk.edge-dropout", default: 0.1, in: 0...0.9,
    "Share of the edges dropped in training, for each direction on its own.")
  private static let dimension = Setting.int(
    "walk.dimension", default: 128, in: 1...4096, "Channels of a node's embedding.")
  private static let home = Setting.choice(
    "walk.home", Home.allCases.map(\.rawValue), default: Home.view.rawValue,
    "Where walks come home to: the frame they left, or another view of it.")
  package static let options = [
    temperature.option, edgeDropout.option, dimension.option, home.option,
  ]

  private enum Home: String, CaseIterable {
    /// The very nodes from which walkers left, as in the paper.
    case frame
    /// Another crop of the first frame with other colours: what a place looks like must be known, where in
    /// the picture it stands does not help.
    case view
  }

  private let temperature: Float
  private let edgeDropout: Float
  private let head: Linear
  private let home: Home

  package init(
    options: OptionValues, dimensions: FeatureDimensions, store: ParameterStore,
    teacher: ParameterStore, seed: UInt64
  ) {
    temperature = Float(options[Self.temperature])
    edgeDropout = Float(options[Self.edgeDropout])
    home = Home(rawValue: options[Self.home]) ?? .frame
    let outputs = options[Self.dimension]
    func makeHead(_ store: ParameterStore) -> Linear {
      Linear(
        store, "heads.walk", inputs: dimensions.visual, outputs: outputs, seed: seed)
    }
    head = makeHead(store)
    _ = makeHead(teacher)
  }

  package var needs: BatchNeeds {
    home == .view ? BatchNeeds(returnView: true) : BatchNeeds(frames: 3)
  }

  package var state: [String: Tensor] {
    get { [:] }
    set {}
  }

  package func loss(_ context: StepContext) -> ObjectiveResult {
    let (loss, outcomes) = walk(context)
    return ObjectiveResult(
      loss: loss,
      metrics: [("loss", Double(loss.value.scalar))]
        + outcomes.map { (Self.accuracyName($0.length), $0.accuracy) }
        + [("chance", 1 / Double(Self.nodes(context.encoded)))])
  }

  package func scorer() -> any HeldOutScorer { WalkScorer(self) }

  fileprivate func walk(_ context: StepContext) -> (Variable, [WalkOutcome]) {
    let tape = context.tape
    let batch = context.batch
    let encoded = context.encoded
    precondition(home == .frame || batch.homecomings != nil, "a batch without return views")
    let embeddings = tape.l2Normalise(head(encoded.nodes, tape))
    let seed = context.seed
    return tape.palindromeWalks(
      embeddings,
      WalkShape(
        clips: encoded.clips, frames: batch.frames, looks: encoded.looks,
        nodes: Self.nodes(encoded), temperature: temperature,
        dropout: tape.isTraining ? edgeDropout : 0,
        homes: home == .view
          ? batch.homecomings?.map {
            HomeTargets($0, grid: encoded.grid, layout: batch.layout)
          } : nil,
        random: { clip, frame, backwards in
          // Keyed by video and view rather than by the place in the batch, which depends on how the batch is
          // shared out.
          let view = clip % max(1, batch.views)
          let frames = batch.frames
          return CounterRandom(
            seed: seed, purpose: .edgeDropout,
            epoch: (view * frames + frame) * 2 + (backwards ? 1 : 0),
            video: batch.videos[clip], step: batch.step)
        }))
  }

  fileprivate static func nodes(_ encoded: EncodedClips) -> Int {
    encoded.grid.rows * encoded.grid.columns
  }

  fileprivate static func accuracyName(_ length: Int) -> String { "cycle-accuracy-\(length)" }
}

/// The cycle accuracy of each length over held-out clips.
private final class WalkScorer: HeldOutScorer {
  private let objective: Walk
  /// By length: walkers that came home, the number expected of guessing, and walkers.
  private var sums: [Int: (hits: Double, chance: Double, walkers: Int)] = [:]

  init(_ objective: Walk) { self.objective = objective }

  func add(_ context: StepContext) {
    let nodes = Double(Walk.nodes(context.encoded))
    for outcome in objective.walk(context).1 {
      var sum = sums[outcome.length] ?? (0, 0, 0)
      sum.hits += outcome.accuracy * Double(outcome.walkers)
      sum.chance += Double(outcome.walkers) / nodes
      sum.walkers += outcome.walkers
      sums[outcome.length] = sum
    }
  }

  var scores: [HeldOutScore] {
    sums.sorted { $0.key < $1.key }.map { length, sum in
      HeldOutScore(
        name: Walk.accuracyName(length), value: sum.hits / Double(max(1, sum.walkers)),
        chance: sum.chance / Double(max(1, sum.walkers)), count: sum.walkers)
    }
  }
}
