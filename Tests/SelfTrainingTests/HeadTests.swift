import TensorCore
import TestSupport
import Testing

@testable import SelfTraining

@Suite struct HeadTests {
  @Test(arguments: ["entropy", "squared"]) func stepsAreThoseOfPyTorch(_ name: String) throws {
    let (inputs, hidden, classes, rows) = (5, 7, 3, 8)
    let values =
      formulaNumbers("w1", hidden * inputs) + formulaNumbers("w2", classes * hidden)
      + (formulaNumbers("b1", hidden) + formulaNumbers("b2", classes)).map { 0.2 * $0 }
    var trainer = PerceptronTrainer(
      Perceptron(inputs: inputs, hidden: hidden, classes: classes, values: values.map(Float.init)),
      decay: 0.3)
    let targets = formulaNumbers("t", rows * classes).map { 2 * $0 }
    let batch = NoisyBatch(
      features: formulaTensor("x", [rows, inputs]),
      targets: (0..<rows).flatMap { row in
        Distribution.softmax(Array(targets[row * classes..<(row + 1) * classes])).map(Float.init)
      },
      weights: formulaNumbers("w", rows).map { Float(1 + 0.5 * $0) })
    for step in 0..<6 {
      trainer.step(
        batch, labelled: name == "squared" ? 4 : rows, consistency: .squaredError,
        rate: 0.01 * Double(step + 1))
    }
    let wanted = try selfTrainingGolden("perceptron.\(name)")
    for (got, want) in zip(trainer.perceptron.values, wanted) {
      #expect(isClose(Double(got), Double(want), absolute: 2e-4, relative: 1e-3))
    }
    #expect(trainer.perceptron.values.count == wanted.count)
  }

  /// The distances between rows are those of scikit-learn's axes, whatever the signs.
  @Test func projectionIsThatOfScikitLearn() throws {
    let scores = formulaNumbers("scores", 120)
    let directions = formulaNumbers("directions", 18)
    let noise = formulaNumbers("noise", 240)
    let sizes = formulaNumbers("sizes", 6).map { 1 + 0.5 * $0 }
    let values = (0..<240).map { place -> Float in
      let (row, column) = (place / 6, place % 6)
      let strong = zip([6, 3, 1.5], 0..<3).reduce(0.0) {
        $0 + $1.0 * scores[row * 3 + $1.1] * directions[$1.1 * 6 + column]
      }
      return Float((strong + 0.3 * noise[place]) * sizes[column])
    }
    let x = Tensor(values, [40, 6])
    let y = Projection(x)(x)
    let products = matmul(y, transposed: false, y, transposed: true).array
    for (got, want) in zip(products, try selfTrainingGolden("projection")) {
      #expect(isClose(Double(got), Double(want), absolute: 2e-3, relative: 1e-3))
    }
  }

  @Test func flatFeaturesStayFinite() {
    let x = Tensor(repeating: 1, [4, 3])
    #expect(Projection(x)(x).isFinite)
  }

  /// By hand: cosines 1, 0.8 and 0.6 with the examples of one class, 0 with the other's.
  @Test func neighboursAreAveragedByClass() {
    let examples = Tensor([2, 0, 4, 3, 3, 4, 0, 5], [4, 2])
    let query = Tensor([7, 0], [1, 2])
    for (k, cosine) in [(1, 1.0), (2, 0.9), (9, 0.8)] {
      let logits = NeighbourHead(k: k, features: examples, labels: [0, 0, 0, 1], classes: 3)
        .logits(query)[0]
      let wanted = [cosine, 0, -1].map { $0 * NeighbourHead.sharpness }
      for (a, b) in zip(logits, wanted) { #expect(isClose(a, b, absolute: 1e-5, relative: 0)) }
    }
  }
}
