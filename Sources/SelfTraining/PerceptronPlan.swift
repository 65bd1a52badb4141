import NeuralNetworks
import TensorCore

/// An unlabelled clip that a student learns from.
struct PseudoLabel: Sendable, Equatable {
  var row: Int
  /// What the teacher says.
  var target: [Double]
  var weight: Double
}

/// How a perceptron is trained.
struct PerceptronPlan: Sendable {
  var hidden = 64
  var steps = 100
  var peak = 0.01
  var decay: Double
  var noise = StudentNoise.none
  /// Clips of a step at most, labelled and unlabelled.
  var labelledBatch = 64
  var unlabelledBatch = 128

  init(decay: Double) { self.decay = decay }

  /// Trains a fresh one: the mean cross entropy over labelled clips plus `unlabelledWeight` times that over those taken.
  func fit(
    _ part: PartFeatures, labelled: [LabelledClip], taken: [PseudoLabel], unlabelledWeight: Double,
    problem: Problem, random: CounterRandom
  ) -> Perceptron {
    var random = random
    let start = Perceptron(
      inputs: part.dimensions, hidden: hidden, classes: problem.classes, random: &random)
    var trainer = PerceptronTrainer(start, decay: decay)
    let schedule = WarmupCosine(peak: peak, warmup: steps / 20, total: steps)
    let certain = labelled.map { problem.certain($0.label) }
    for step in 0..<steps {
      let own = Self.drawn(labelledBatch, of: labelled.count, &random)
      let others = Self.drawn(unlabelledBatch, of: taken.count, &random)
      let mass = max(1e-9, others.reduce(0) { $0 + taken[$1].weight })
      let batch = NoisyBatch(
        part, rows: own.map { labelled[$0].row } + others.map { taken[$0].row },
        targets: own.map { certain[$0] } + others.map { taken[$0].target },
        weights: own.map { _ in 1 / Double(own.count) }
          + others.map { unlabelledWeight * taken[$0].weight / mass },
        noise: noise, random: &random)
      trainer.step(batch, labelled: own.count, rate: schedule.rate(step))
    }
    return trainer.perceptron
  }

  /// All of them, or as many as wanted drawn with replacement.
  static func drawn(_ wanted: Int, of count: Int, _ random: inout CounterRandom) -> [Int] {
    count <= wanted
      ? Array(0..<count) : (0..<wanted).map { _ in random.integer(below: count) }
  }
}
