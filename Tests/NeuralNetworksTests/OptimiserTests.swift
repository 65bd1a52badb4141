import Autodiff
import Foundation
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The golden of `Goldens/optimisers.py`.
private struct OptimiserGolden {
  let start: [Float]
  let gradients: [[Float]]
  let ends: [[Float]]

  init() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/optimisers.bin")
    let bytes = try Data(contentsOf: file)
    let numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let rows = stride(from: 0, to: numbers.count, by: 17).map { Array(numbers[$0..<$0 + 17]) }
    start = rows[0]
    gradients = Array(rows[1...6])
    ends = Array(rows[7...9])
  }
}

private func twoParameters(_ values: [Float]) -> [Parameter] {
  [
    Parameter("weight", Tensor(Array(values[..<12]), [3, 4]), role: .weight),
    Parameter("bias", Tensor(Array(values[12...]), [5]), role: .bias),
  ]
}

private func split(_ gradient: [Float]) -> [Tensor?] {
  [Tensor(Array(gradient[..<12]), [3, 4]), Tensor(Array(gradient[12...]), [5])]
}

private func values(_ parameters: [Parameter]) -> [Float] { parameters.flatMap { $0.value.array } }

@Suite struct OptimiserTests {
  @Test(arguments: 0..<3) func agreesWithPyTorch(_ index: Int) throws {
    let golden = try OptimiserGolden()
    let optimiser: any Optimiser =
      switch index {
      case 0: AdamW(weightDecay: 0.1)
      case 1: MomentumDescent(weightDecay: 0.1)
      default: MomentumDescent(weightDecay: 0.1, nesterov: true)
      }
    let parameters = twoParameters(golden.start)
    for (step, gradient) in golden.gradients.enumerated() {
      optimiser.step(
        parameters, gradients: split(gradient), gradientScale: 1,
        learningRate: (index == 0 ? 0.01 : 0.1) / Double(step + 1))
    }
    #expect(relativeError(values(parameters), golden.ends[index].map(Double.init)) < 1e-6)
  }

  @Test func larsFollowsItsFormula() throws {
    let golden = try OptimiserGolden()
    let decay = 0.05
    let trust = 0.02
    let optimiser = LARS(weightDecay: decay, momentum: 0.8, trust: trust)
    let parameters = twoParameters(golden.start)
    var expected = golden.start.map(Double.init)
    var velocity = [Double](repeating: 0, count: 17)
    for gradient in golden.gradients {
      optimiser.step(
        parameters, gradients: split(gradient), gradientScale: 0.5, learningRate: 0.3)
      let g = gradient.map { Double($0) * 0.5 }
      let norm = { (x: ArraySlice<Double>) in x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let local =
        trust * norm(expected[..<12]) / (norm(g[..<12]) + decay * norm(expected[..<12]))
      for i in 0..<17 {
        let move = i < 12 ? local * (g[i] + decay * expected[i]) : g[i]
        velocity[i] = 0.8 * velocity[i] + 0.3 * move
        expected[i] -= velocity[i]
      }
    }
    #expect(relativeError(values(parameters), expected) < 1e-6)
  }

  @Test func larsMovesAFilterOfZeros() {
    let parameter = Parameter("w", .zeros([3]))
    LARS().step(
      [parameter], gradients: [Tensor([1, 2, 3], [3])], gradientScale: 1, learningRate: 0.1)
    #expect(parameter.value.array == [-0.1, -0.2, -0.3].map(Float.init))
  }

  @Test(arguments: OptimiserKind.allCases)
  func stateRestoresToTheBit(_ kind: OptimiserKind) throws {
    let golden = try OptimiserGolden()
    let whole = kind.make(weightDecay: 0.1)
    let straight = twoParameters(golden.start)
    let first = kind.make(weightDecay: 0.1)
    let second = kind.make(weightDecay: 0.1)
    let interrupted = twoParameters(golden.start)
    for (step, gradient) in golden.gradients.enumerated() {
      // The bias goes without a gradient at times: its memory must not be confused with the
      // weight's.
      let gradients = step == 1 ? [split(gradient)[0], nil] : split(gradient)
      whole.step(straight, gradients: gradients, gradientScale: 0.7, learningRate: 0.01)
      if step == 3 { second.state = first.state }
      (step < 3 ? first : second).step(
        interrupted, gradients: gradients, gradientScale: 0.7, learningRate: 0.01)
    }
    #expect(values(straight) == values(interrupted))
  }

  @Test(arguments: OptimiserKind.allCases)
  func aParameterWithoutGradientStays(_ kind: OptimiserKind) {
    let parameters = [Parameter("a", Tensor([1, 2], [2])), Parameter("b", Tensor([1, 2], [2]))]
    kind.make(weightDecay: 0.5).step(
      parameters, gradients: [nil, Tensor([1, 1], [2])], gradientScale: 1, learningRate: 0.1)
    #expect(parameters[0].value.array == [1, 2])
    #expect(parameters[1].value.array != [1, 2])
  }

  @Test func clippingByGlobalNorm() {
    let gradients: [Tensor?] = [Tensor([3, 0], [2]), nil, Tensor([4], [1])]
    #expect(globalNorm(gradients) == 5)
    #expect(clippingFactor(norm: 5, limit: 2.5) == 0.5)
    #expect(clippingFactor(norm: 5, limit: 6) == 1)
    #expect(clippingFactor(norm: 5, limit: 0) == 1)
  }
}
