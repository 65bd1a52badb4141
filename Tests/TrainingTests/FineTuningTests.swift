import Autodiff
import NeuralNetworks
import TensorCore
import Testing

@testable import Training

/// Fine-tuning on pictures of stripes that lie or stand.
@Suite(.serialized) struct FineTuningTests {
  private static let size = 32

  /// Stripes of a random phase and width, lying (0) or standing (1), and the noise that each picture has.
  private static func picture(_ label: Int, _ random: inout CounterRandom) -> [Float] {
    let phase = random.uniform(0...6.28)
    let pace = random.uniform(0.6...0.9)
    var values: [Float] = []
    for y in 0..<size {
      for x in 0..<size {
        let wave = Float(((phase + pace * Double(label == 0 ? y : x)) / 6.28).rounded(.down))
        let place = Float((phase + pace * Double(label == 0 ? y : x)) / 6.28) - wave
        let value: Float = place < 0.5 ? 1 : -1
        for _ in 0..<3 { values.append(value + 0.2 * random.normal()) }
      }
    }
    return values
  }

  /// Clips of one picture each.
  private static func input(_ labels: [Int], _ random: inout CounterRandom) -> TuningInput {
    let pixels = labels.flatMap { picture($0, &random) }
    return TuningInput(
      pictures: [
        .init(
          images: Tensor(pixels, [labels.count, size, size, 3]),
          clips: labels.indices.map { ($0, 1) })
      ], sounds: [])
  }

  private static let nothing = TuningInput(pictures: [], sounds: [])

  /// An encoder to which a picture and the same one with rows and columns exchanged are alike, whatever it is: every
  /// filter is its own transpose. Nothing that is read off its mean feature tells the classes apart.
  private static func blindEncoders() -> Encoders {
    let store = ParameterStore()
    let encoders = Encoders(
      configuration: EncoderConfiguration(width: 16, audioWidth: 16), store: store, seed: 1)
    for parameter in store.all where parameter.name.hasPrefix("visual.") {
      let shape = parameter.value.shape
      guard shape.rank == 4, shape[1] > 1 else { continue }
      let (side, channels) = (shape[1], shape[3])
      let old = parameter.value.array
      var new = old
      for o in 0..<shape[0] {
        for (y, x) in (0..<side).flatMap({ y in (0..<side).map { (y, $0) } }) {
          for c in 0..<channels {
            let own = ((o * side + y) * side + x) * channels + c
            let other = ((o * side + x) * side + y) * channels + c
            new[own] = 0.35 * (old[own] + old[other])
          }
        }
      }
      parameter.value = Tensor(new, shape)
    }
    return encoders
  }

  private static func head(_ encoders: Encoders) -> LinearClassifier {
    var random = CounterRandom(seed: 3, purpose: .test)
    let width = encoders.visual.channels
    return LinearClassifier(
      .video, mean: [Float](repeating: 0.1, count: width),
      factor: [Float](repeating: 1, count: width),
      weights: (0..<2 * width).map { _ in random.normal() }, bias: [0, 0])
  }

  private static func plan(_ steps: Int) -> FineTuningPlan {
    var plan = FineTuningPlan()
    plan.steps = steps
    plan.learningRate = 4e-3
    return plan
  }

  private static func batch(_ step: Int, unlabelled: Int = 0) -> TuningBatch {
    var random = CounterRandom(seed: 5, purpose: .test, step: step)
    let labels = [0, 1, 0, 1, 0, 1]
    let others = (0..<unlabelled).map { $0 % 2 }
    return TuningBatch(
      strong: input(labels + others, &random),
      weak: unlabelled > 0 ? input(others, &random) : nothing,
      labels: labels, targets: others.map { $0 == 0 ? [0.7, 0.3] : [0.3, 0.7] })
  }

  /// The classes of clips by tuned encoders.
  private static func right(
    _ encoders: Encoders, _ head: LinearClassifier, _ labels: [Int]
  ) -> Int {
    var random = CounterRandom(seed: 6, purpose: .test)
    let pictures = input(labels, &random).pictures[0]
    let tape = Tape.evaluation()
    let features = PooledFeatures(encoders: encoders, changes: false, tape: tape)(pictures)
    let logits = TuningHead(head, width: encoders.visual.channels, store: ParameterStore())
      .logits(features, tape: tape).value.array
    return labels.indices.count { (logits[2 * $0 + 1] > logits[2 * $0]) == (labels[$0] == 1) }
  }

  @Test func learnsWhatFrozenFeaturesCannotTell() throws {
    let encoders = Self.blindEncoders()
    // The frozen features of a picture and of its transpose are the same.
    var random = CounterRandom(seed: 2, purpose: .test)
    let lying = Tensor(Self.picture(0, &random), [1, Self.size, Self.size, 3])
    let standing = Tensor.make(lying.shape) { out in
      lying.withData { data in
        for (y, x) in (0..<Self.size).flatMap({ y in (0..<Self.size).map { (y, $0) } }) {
          for c in 0..<3 { out[(y * Self.size + x) * 3 + c] = data[(x * Self.size + y) * 3 + c] }
        }
      }
    }
    let tape = Tape.evaluation()
    let features = [lying, standing].map { image in
      PooledFeatures(encoders: encoders, changes: false, tape: tape)(
        .init(images: image, clips: [(0, 1)]))[0].value.array
    }
    #expect(zip(features[0], features[1]).allSatisfy { abs($0 - $1) < 1e-4 })

    let labels = (0..<40).map { $0 % 2 }
    let model = FineTuningModel(
      encoders, heads: [Self.head(encoders)], changes: false, plan: Self.plan(60))
    #expect(Self.right(encoders, Self.head(encoders), labels) < 30)
    let outcome = try FineTuner.run(model, steps: 60, batch: { Self.batch($0) })
    #expect(outcome?.skipped == 0)
    #expect((outcome?.lastLoss ?? 1) < 0.5 * (outcome?.firstLoss ?? 0))
    let tuned = model.tuned
    #expect(Self.right(tuned.encoders, tuned.heads[0], labels) >= 36)
    // The encoders that it began with are as they were.
    #expect(Self.right(encoders, tuned.heads[0], labels) < 30)
  }

  @Test func sameBitsForAnyThreads() throws {
    func values(_ threads: Int) throws -> [[Float]] {
      let before = Threads.count
      Threads.count = threads
      defer { Threads.count = before }
      let encoders = Self.blindEncoders()
      let model = FineTuningModel(
        encoders, heads: [Self.head(encoders)], changes: false, plan: Self.plan(3))
      _ = try FineTuner.run(model, steps: 3, batch: { Self.batch($0, unlabelled: 4) })
      return model.teacher.all.map(\.value.array) + model.online.all.map(\.value.array)
    }
    #expect(try values(1) == values(2))
  }

  @Test func whatIsNotFiniteReachesNoWeight() throws {
    let encoders = Self.blindEncoders()
    let model = FineTuningModel(
      encoders, heads: [Self.head(encoders)], changes: false, plan: Self.plan(2))
    let before = model.online.all.map(\.value.array)
    var poisoned = Self.batch(0, unlabelled: 2)
    poisoned.strong.pictures[0].images = Tensor(
      repeating: .nan, poisoned.strong.pictures[0].images.shape)
    let outcome = try FineTuner.run(model, steps: 1, batch: { _ in poisoned })
    #expect(outcome?.skipped == 1)
    #expect(model.online.all.map(\.value.array) == before)
    #expect(model.teacher.all.allSatisfy { $0.value.isFinite })
    _ = model.step(1, Self.batch(1, unlabelled: 2))
    #expect(model.online.all.map(\.value.array) != before)
    #expect(model.online.all.allSatisfy { $0.value.isFinite })
  }

  @Test func stopsWhenAsked() throws {
    let encoders = Self.blindEncoders()
    let model = FineTuningModel(
      encoders, heads: [Self.head(encoders)], changes: false, plan: Self.plan(5))
    var done = 0
    let outcome = try FineTuner.run(
      model, steps: 5, batch: { Self.batch($0) }, progress: { done = $0 },
      shouldStop: { done == 2 })
    #expect(outcome == nil && done == 2)
  }

  @Test func layersNearTheInputMoveLess() throws {
    let store = ParameterStore()
    let encoders = Encoders(
      configuration: EncoderConfiguration(width: 16, audioWidth: 16), store: store, seed: 0)
    let head = store.make("heads.video.bias", Tensor.zeros([2]), role: .bias)
    let rates = LayerRates(encoders, heads: [head], decay: 0.5)
    var shares: [String: Double] = [:]
    for group in rates.groups {
      for parameter in group.parameters {
        #expect(shares[parameter.name] == nil, "\(parameter.name) is moved twice")
        shares[parameter.name] = group.share
      }
    }
    #expect(Set(shares.keys) == Set(store.trained.map(\.name)))
    let expected: [(String, Double)] = [
      ("heads.video.bias", 1), ("visual.layer3.1.conv2.weight", 0.5),
      ("visual.layer3.0.downsample.0.weight", 0.25), ("visual.layer1.0.bn1.bias", 1.0 / 64),
      ("visual.conv1.weight", 1.0 / 128), ("audio.layer3.0.conv1.weight", 0.5),
      ("audio.bn1.weight", 1.0 / 16),
    ]
    for (name, share) in expected { #expect(shares[name] == share, "\(name)") }
    // The first step of Adam moves every value by the rate.
    let before = store.all.map(\.value.array)
    rates.step(
      AdamW(weightDecay: 0), gradient: { Tensor(repeating: 1, $0.value.shape) }, gradientScale: 1,
      rate: 0.01)
    for (parameter, old) in zip(store.all, before) {
      let moved = zip(old, parameter.value.array).map { Double($0 - $1) }
      let share = shares[parameter.name] ?? 0
      #expect(moved.allSatisfy { abs($0 - 0.01 * share) < 1e-6 }, "\(parameter.name)")
    }
  }

  /// The feature with its changes is that of `embed`: both parts at length 1 by 1/√2, the mean alone where nothing moves.
  @Test func changesStandBesideTheMean() throws {
    let encoders = Self.blindEncoders()
    var random = CounterRandom(seed: 4, purpose: .test)
    let moving = Self.picture(0, &random) + Self.picture(1, &random)
    let still = Self.picture(0, &random)
    let pictures = TuningInput.Pictures(
      images: Tensor(moving + still + still, [4, Self.size, Self.size, 3]),
      clips: [(0, 2), (1, 2)])
    let pieces = PooledFeatures(encoders: encoders, changes: true, tape: .evaluation())(pictures)
    func length(_ piece: Int, _ row: Int) -> Double {
      pieces[piece].value.slice(row..<row + 1).sumOfSquares.squareRoot()
    }
    #expect(pieces.count == 2)
    #expect(
      abs(length(0, 0) - 0.5.squareRoot()) < 1e-5 && abs(length(1, 0) - 0.5.squareRoot()) < 1e-5)
    #expect(abs(length(0, 1) - 1) < 1e-5 && length(1, 1) == 0)
  }
}
