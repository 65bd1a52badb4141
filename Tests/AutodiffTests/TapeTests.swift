import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct TapeTests {
  @Test func aParameterUsedTwiceGetsBothGradients() {
    let parameter = Parameter("w", Tensor([2, 3], [2]))
    let tape = Tape()
    #expect(tape.use(parameter) === tape.use(parameter))
    let square = tape.multiply(tape.use(parameter), tape.use(parameter))
    tape.backward(from: tape.sum(tape.add(square, tape.use(parameter))))
    #expect(tape.gradient(of: parameter)?.array == [5, 7])
  }

  @Test func noGradientThroughBuffersConstantsAndStops() {
    let buffer = Parameter("b", Tensor([1, 2], [2]), role: .buffer)
    let tape = Tape()
    let x = tape.leaf(Tensor([3, 4], [2]))
    let constant = tape.constant(Tensor([5, 6], [2]))
    let stopped = tape.stopGradient(tape.multiply(x, constant))
    let product = tape.multiply(x, tape.multiply(stopped, tape.use(buffer)))
    tape.backward(from: tape.sum(product))
    #expect(x.gradient?.array == [15, 48])
    #expect(tape.gradient(of: buffer) == nil)
    #expect(constant.gradient == nil)
  }

  @Test func anEvaluationTapeKeepsNothing() {
    let tape = Tape.evaluation()
    weak var seen: Variable?
    do {
      let x = tape.leaf(Tensor([1, 2], [2]))
      seen = tape.relu(x)
    }
    #expect(seen == nil)
    #expect(!tape.leaf(Tensor([1], [1])).needsGradient)
  }

  /// A step that no gradient reaches is skipped, not run with a gradient of zero.
  @Test func branchesBesideTheLossAreSkipped() {
    let tape = Tape()
    let x = tape.leaf(Tensor([1, -2], [2]))
    let unused = tape.scale(x, by: 100)
    tape.backward(from: tape.sum(x))
    #expect(x.gradient?.array == [1, 1])
    #expect(unused.gradient == nil)
  }

  @Test func theDirectionalCheckTellsRightFromWrong() {
    let check = GradientCheck()
    let point = [check.normal([5, 7]), check.normal([3, 7], stream: 1)]
    func loss(_ point: [Tensor], factor: Float) -> (loss: Double, gradients: [Tensor?]) {
      let tape = Tape()
      let x = point.map { tape.leaf($0) }
      let loss = tape.crossEntropy(
        tape.linear(tape.relu(x[0]), weight: x[1]), targets: [0, 1, 2, 0, 1])
      tape.backward(from: loss)
      let gradients = x.map { leaf in
        leaf.gradient.map { gradient in
          var scaled = gradient
          scaled.scale(factor)
          return scaled
        }
      }
      return (Double(loss.value.scalar), gradients)
    }
    #expect(directionalError(at: point) { loss($0, factor: 1) } < 5e-3)
    #expect(directionalError(at: point) { loss($0, factor: 1.03) } > 0.02)
  }
}

/// The same bits for any number of threads, forward and backward, through every operation at sizes of several
/// blocks. `Threads.count` is the process's; no result depends on it, which is what this shows.
@Suite(.serialized) struct ThreadInvarianceTests {
  @Test func everyOperation() {
    let results = [1, 2, 3].map { threads in
      let before = Threads.count
      Threads.count = threads
      defer { Threads.count = before }
      return run()
    }
    #expect(results[0].count == 14)
    #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  private func run() -> [[Float]] {
    let check = GradientCheck()
    let tape = Tape()
    func norm(_ channels: Int) -> BatchNormParameters {
      BatchNormParameters(
        scale: Parameter("scale", Tensor(repeating: 1, [channels])),
        shift: Parameter("shift", .zeros([channels])),
        runningMean: Parameter("mean", .zeros([channels]), role: .buffer),
        runningVariance: Parameter("variance", Tensor(repeating: 1, [channels]), role: .buffer))
    }
    let images = tape.leaf(check.normal([12, 16, 18, 16]))
    let filter = tape.leaf(check.normal([32, 3, 3, 16], stream: 1, scale: 0.1))
    let strided = tape.leaf(check.normal([32, 3, 3, 32], stream: 2, scale: 0.1))
    let weight = tape.leaf(check.normal([64, 32], stream: 3, scale: 0.2))
    let bias = tape.leaf(check.normal([64], stream: 4))
    let (first, second, third) = (norm(32), norm(32), norm(64))
    var x = tape.convolutionNormalised(
      images, filter, first, stride: 1, padding: 1, mode: .reflect, relu: true)
    x = tape.maxPool(x, size: 3, stride: 1, padding: 1)
    x = tape.maxPool(x, size: 3, stride: 2, padding: 1)
    x = tape.convolutionNormalised(
      x, strided, second, stride: 2, padding: 1, mode: .zeros, relu: false)
    let pooled = tape.spatialMean(x)
    let cells = tape.reshape(x, [12 * 4 * 5, 32])
    let rows = tape.concatRows([cells, pooled, tape.gatherRows(cells, Array(0..<240) + [3, 3])])
    var q = tape.linear(rows, weight: weight, bias: bias)
    q = tape.l2Normalise(tape.relu(tape.batchNorm1d(q, third)))
    let affinity = tape.matmul(q, q, transposeB: true)
    let walk = tape.softmaxRows(affinity, temperature: 0.1)
    let steps = tape.softmaxRows(
      tape.matmul(tape.sliceRows(q, 0..<240), tape.sliceRows(q, 240..<480), transposeB: true))
    let targets = (0..<q.shape[0]).map { ($0 + 1) % q.shape[0] }
    let loss = tape.weightedSum([
      (1, tape.crossEntropy(affinity, targets: targets, temperature: 0.07)),
      (0.5, tape.negativeLogLikelihood(walk, targets: targets)),
      (0.1, tape.mean(steps)), (0.2, tape.sum(tape.logSoftmaxRows(tape.meanGroups(q, size: 2)))),
      (0.3, tape.cosineDistance(tape.sliceRows(q, 0..<12), tape.sliceRows(q, 12..<24))),
    ])
    let value = loss.value.array
    tape.backward(from: loss)
    let leaves = [images, filter, strided, weight, bias].map { $0.gradient?.array ?? [] }
    let parameters = [first, second, third].flatMap { [$0.scale, $0.shift] }
    let gradients = parameters.map { tape.gradient(of: $0)?.array ?? [] }
    return [value, walk.value.array] + leaves + gradients + [first.runningVariance.value.array]
  }
}
