import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import Settings
import TensorCore
import TestSupport
import Testing

/// One entry of the registry under one choice of its options.
struct Entry: Sendable, CustomTestStringConvertible {
  let type: any Objective.Type
  var options: [String: OptionValue] = [:]

  /// The options as they would come from a command line.
  var values: OptionValues {
    var values = OptionValues()
    for (name, value) in options { values[name] = value }
    return values
  }

  var testDescription: String {
    ([type.name] + options.map { "\($0.key)=\($0.value.text)" }.sorted()).joined(separator: " ")
  }

  /// Every objective by its defaults, and once with each other choice of its words and flags.
  static var all: [Entry] {
    ObjectiveRegistry.all.flatMap { type in
      [Entry(type: type)]
        + type.options.flatMap { option -> [Entry] in
          switch option.kind {
          case .choice(let words):
            words.filter { .string($0) != option.defaultValue }.map {
              Entry(type: type, options: [option.name: .string($0)])
            }
          case .flag: [Entry(type: type, options: [option.name: .flag(true)])]
          default: []
          }
        }
    }
  }
}

/// An objective with its two stores.
struct Bench {
  let store = ParameterStore()
  let teacher = ParameterStore()
  let objective: any Objective

  init(_ entry: Entry, seed: UInt64 = 1) {
    objective = entry.type.init(
      options: entry.values, dimensions: SyntheticFeatures.dimensions, store: store,
      teacher: teacher,
      seed: seed)
  }

  /// Loss, and the gradients of nodes, pooled, audio and every parameter, of one training step.
  func step(
    _ features: SyntheticFeatures, inputs: [Tensor]? = nil
  ) -> (loss: Double, gradients: [Tensor?]) {
    let tape = Tape()
    let leaves = (inputs ?? features.inputs).map(tape.leaf)
    let result = objective.loss(features.context(tape, leaves, teacher: features.inputs))
    guard let loss = result.loss else { return (.nan, []) }
    tape.backward(from: loss)
    return (
      Double(loss.value.scalar),
      leaves.map(\.gradient) + store.trained.map { tape.gradient(of: $0) }
    )
  }

  /// Trains the heads alone by plain gradient descent with a momentum teacher.
  func train(steps: Int, rate: Double) {
    let optimiser = MomentumDescent(momentum: 0)
    let average = WeightAverage(decay: 0.95)
    for step in 0..<steps {
      let videos = (0..<12).map { ($0 * 7 + step * 12) % 64 }
      let gradients = self.step(SyntheticFeatures(videos: videos, step: step)).gradients.dropFirst(
        3)
      optimiser.step(
        store.trained, gradients: Array(gradients), gradientScale: 1, learningRate: rate)
      average.update(teacher, towards: store, step: step)
    }
  }

  /// Scores over videos that training did not see.
  func heldOut() -> [HeldOutScore] {
    objective.heldOutScores(
      (0..<3).map { part in
        SyntheticFeatures(videos: (0..<8).map { 1000 + part * 8 + $0 }, step: 9)
          .context(Tape.evaluation())
      })
  }
}

@Suite struct RegistryTests {
  @Test(arguments: Entry.all) func describesItself(_ entry: Entry) {
    #expect(!entry.type.paper.isEmpty)
    #expect(entry.type.options.allSatisfy { $0.name.hasPrefix(entry.type.name + ".") })
    let bench = Bench(entry)
    let prefix = "heads.\(entry.type.name)."
    #expect(bench.store.all.allSatisfy { $0.name.hasPrefix(prefix) })
    #expect(bench.store.all.map(\.name) == bench.teacher.all.map(\.name))
    #expect(bench.store.all.map(\.value.array) == bench.teacher.all.map(\.value.array))
  }

  @Test(arguments: Entry.all) func gradientsMatchFiniteDifferences(_ entry: Entry) {
    let bench = Bench(entry)
    // A first step fills the queues; later ones start from the same state.
    _ = bench.step(SyntheticFeatures(videos: [40, 41, 42], step: 6))
    let state = bench.objective.state
    let features = SyntheticFeatures(videos: [1, 2, 3, 2], step: 7, silent: [3])
    let parameters = bench.store.trained
    let point = features.inputs + parameters.map(\.value)
    let error = directionalError(at: point, step: 5e-4) { values in
      bench.objective.state = state
      for (parameter, value) in zip(parameters, values.dropFirst(3)) { parameter.value = value }
      return bench.step(features, inputs: Array(values.prefix(3)))
    }
    #expect(error < 1e-2)
  }

  @Test(arguments: Entry.all) func givesTheSameBitsForAnyThreads(_ entry: Entry) {
    let before = Threads.count
    defer { Threads.count = before }
    let runs = [1, 2, 3, 1].map { threads in
      Threads.count = threads
      let bench = Bench(entry)
      return (0..<3).map { step in
        let (loss, gradients) = bench.step(SyntheticFeatures(videos: [4, 5, 6, 7], step: step))
        return [loss.bitPattern]
          + gradients.flatMap { ($0?.array ?? []).map { UInt64($0.bitPattern) } }
      }
    }
    #expect(runs.allSatisfy { $0 == runs[0] })
    #expect(runs[0].allSatisfy { $0.count > 1 && Double(bitPattern: $0[0]).isFinite })
  }

  @Test(arguments: Entry.all) func resumesFromItsState(_ entry: Entry) {
    let straight = Bench(entry)
    let resumed = Bench(entry)
    for step in 0..<3 { _ = straight.step(SyntheticFeatures(videos: [8, 9, 10], step: step)) }
    resumed.objective.state = straight.objective.state
    resumed.store.copyValues(from: straight.store)
    resumed.teacher.copyValues(from: straight.teacher)
    let next = SyntheticFeatures(videos: [8, 11, 12], step: 3)
    let wanted = straight.step(next)
    let got = resumed.step(next)
    #expect(got.loss == wanted.loss)
    #expect(got.gradients.map { $0?.array } == wanted.gradients.map { $0?.array })
    #expect(
      resumed.objective.state.mapValues(\.array) == straight.objective.state.mapValues(\.array))
  }

  @Test(arguments: Entry.all) func scoringLeavesTheStateAlone(_ entry: Entry) {
    let bench = Bench(entry)
    _ = bench.step(SyntheticFeatures(videos: [1, 2]))
    let state = bench.objective.state.mapValues(\.array)
    let parameters = bench.store.all.map(\.value.array)
    let first = bench.heldOut()
    #expect(bench.heldOut() == first)
    #expect(bench.objective.state.mapValues(\.array) == state)
    #expect(bench.store.all.map(\.value.array) == parameters)
  }

  @Test(arguments: Entry.all) func learnsAboveChance(_ entry: Entry) {
    let bench = Bench(entry)
    let untrained = bench.heldOut()
    bench.train(steps: 250, rate: 0.3)
    let trained = bench.heldOut()
    #expect(!trained.isEmpty)
    for (before, after) in zip(untrained, trained) {
      #expect(after.value > after.chance + 0.3 * (1 - after.chance), "\(after)")
      #expect(after.value > before.value, "\(before) then \(after)")
    }
  }
}
