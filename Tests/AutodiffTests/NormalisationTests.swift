import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct NormalisationTests {
  let check = GradientCheck(samples: 60)

  private func norm(_ channels: Int) -> BatchNormParameters {
    var random = CounterRandom(seed: 5, purpose: .test)
    func values(_ centre: Float) -> Tensor {
      Tensor((0..<channels).map { _ in centre + random.uniform() * 0.5 }, [channels])
    }
    return BatchNormParameters(
      scale: Parameter("scale", values(0.7), role: .bias),
      shift: Parameter("shift", values(-0.2), role: .bias),
      runningMean: Parameter("mean", values(-0.3), role: .buffer),
      runningVariance: Parameter("variance", values(0.6), role: .buffer))
  }

  /// A norm whose scale and shift are the given leaves' values; their gradients go to the parameters.
  private func gradients(
    _ norm: BatchNormParameters, training: Bool, _ inputs: [Tensor],
    _ operation: (Tape, [Variable], BatchNormParameters) -> Variable,
    reference: ([[Double]]) -> [Double]
  ) -> [String] {
    let all = inputs + [norm.scale.value, norm.shift.value]
    let mean = norm.runningMean.value
    let variance = norm.runningVariance.value
    var lastTape: Tape?
    var failures = check.failures(
      all, differentiable: inputs.map { _ in true } + [false, false], training: training
    ) { tape, x in
      norm.runningMean.value = mean
      norm.runningVariance.value = variance
      if lastTape == nil { lastTape = tape }
      return operation(tape, x, norm)
    } reference: {
      reference($0)
    }
    guard failures.isEmpty, let lastTape else { return failures }
    // The scale and the shift are parameters, not inputs: the first tape holds their gradients.
    let points = all.map { $0.array.map(Double.init) }
    let output = reference(points)
    let weights = check.normal([output.count], stream: -1).array.map(Double.init)
    for (place, parameter) in [(inputs.count, norm.scale), (inputs.count + 1, norm.shift)] {
      let wanted = points[place].indices.map { element in
        var moved = points
        moved[place][element] += 1e-5
        let above = Reference.dot(reference(moved), weights)
        moved[place][element] -= 2e-5
        return (above - Reference.dot(reference(moved), weights)) / 2e-5
      }
      let got = lastTape.gradient(of: parameter)?.array ?? []
      failures += check.compare("gradient of \(parameter.name)", got, wanted)
    }
    return failures
  }

  @Test(arguments: [(2, 1), (5, 3), (97, 7), (1, 4)], [true, false])
  func batchNorm1d(_ size: (Int, Int), _ training: Bool) {
    let (rows, channels) = size
    let norm = norm(channels)
    let (mean, variance) = (norm.runningMean.value, norm.runningVariance.value)
    let running = [mean, variance].map { $0.array.map(Double.init) }
    for relu in [false, true] {
      let failures = gradients(norm, training: training, [check.normal([rows, channels])]) {
        tape, x, norm in
        tape.batchNorm1d(x[0], norm, relu: relu)
      } reference: { x in
        Reference.batchNorm(
          x[0], scale: x[1], shift: x[2], mean: training ? nil : running[0],
          variance: training ? nil : running[1]
        ).map { relu ? max(0, $0) : $0 }
      }
      // One row has no variance: its gradient is 0 and the differences of the reference are noise.
      if rows > 1 || !training { #expect(failures.isEmpty) }
    }
  }

  @Test func runningStatisticsMoveAsPyTorchMovesThem() {
    let norm = norm(3)
    let before = (norm.runningMean.value.array, norm.runningVariance.value.array)
    let x = check.normal([11, 3])
    let tape = Tape()
    _ = tape.batchNorm1d(tape.constant(x), norm)
    let (mean, variance) = Reference.moments(x.array.map(Double.init), 3)
    for i in 0..<3 {
      let wantedMean = 0.9 * Double(before.0[i]) + 0.1 * mean[i]
      let wantedVariance = 0.9 * Double(before.1[i]) + 0.1 * variance[i] * 11 / 10
      #expect(
        isClose(
          Double(norm.runningMean.value.array[i]), wantedMean, absolute: 1e-6, relative: 1e-6))
      #expect(
        isClose(
          Double(norm.runningVariance.value.array[i]), wantedVariance, absolute: 1e-6,
          relative: 1e-6))
    }
    let after = norm.runningMean.value.array
    let evaluation = Tape.evaluation()
    _ = evaluation.batchNorm1d(evaluation.constant(x), norm)
    #expect(norm.runningMean.value.array == after)
  }

  @Test(
    arguments: [
      ImageCase(
        images: 2, height: 5, width: 4, channels: 3, outputs: 5, kernel: 3, stride: 1, padding: 1),
      ImageCase(
        images: 3, height: 7, width: 5, channels: 2, outputs: 3, kernel: 3, stride: 2, padding: 1),
      ImageCase(
        images: 2, height: 5, width: 6, channels: 16, outputs: 16, kernel: 3, stride: 1,
        padding: 1),
      ImageCase(images: 2, height: 4, width: 3, channels: 4, outputs: 3, kernel: 1, stride: 2),
    ], [true, false])
  func convolutionNormalised(_ at: ImageCase, _ training: Bool) {
    let norm = norm(at.outputs)
    let running = [norm.runningMean.value, norm.runningVariance.value].map {
      $0.array.map(Double.init)
    }
    let outputShape: Shape = [at.images, at.outHeight, at.outWidth, at.outputs]
    let base = ConvolutionTests.inputs(check, at)
    for (residual, relu, mode) in [
      (false, false, PaddingMode.zeros), (false, true, .reflect), (true, true, .zeros),
      (true, false, .reflect),
    ] {
      let inputs = base + (residual ? [check.normal(outputShape, stream: 9)] : [])
      let failures = gradients(norm, training: training, inputs) { tape, x, norm in
        tape.convolutionNormalised(
          x[0], x[1], norm, stride: at.stride, padding: at.padding, mode: mode,
          residual: residual ? x[2] : nil, relu: relu)
      } reference: { x in
        let y = Reference.batchNorm(
          Reference.convolution(x[0], x[1], at, reflect: mode == .reflect),
          scale: x[inputs.count], shift: x[inputs.count + 1], mean: training ? nil : running[0],
          variance: training ? nil : running[1])
        return y.indices.map {
          let sum = y[$0] + (residual ? x[2][$0] : 0)
          return relu ? max(0, sum) : sum
        }
      }
      #expect(failures.isEmpty, "residual \(residual), relu \(relu), \(mode)")
    }
  }

  @Test(arguments: [16, 5], [true, false])
  func convolutionPooled(_ outputs: Int, _ training: Bool) {
    let at = ImageCase(
      images: 3, height: 9, width: 11, channels: 3, outputs: outputs, kernel: 7, stride: 2,
      padding: 3)
    let norm = norm(outputs)
    let running = [norm.runningMean.value, norm.runningVariance.value].map {
      $0.array.map(Double.init)
    }
    let pool = ImageCase(
      images: 3, height: at.outHeight, width: at.outWidth, channels: outputs, kernel: 3, stride: 2,
      padding: 1)
    let inputs = ConvolutionTests.inputs(check, at)
    let failures = gradients(norm, training: training, inputs) { tape, x, norm in
      tape.convolutionPooled(
        x[0], x[1], norm, stride: 2, padding: 3, mode: .reflect,
        pool: (size: 3, stride: 2, padding: 1))
    } reference: { x in
      let y = Reference.batchNorm(
        Reference.convolution(x[0], x[1], at, reflect: true), scale: x[2], shift: x[3],
        mean: training ? nil : running[0], variance: training ? nil : running[1])
      return Reference.maxPool(y.map { max(0, $0) }, pool)
    }
    #expect(failures.isEmpty)
  }

  @Test func evaluationWithoutTapeGivesTheSame() {
    let at = ConvolutionTests.cases[3]
    let norm = norm(at.outputs)
    let inputs = ConvolutionTests.inputs(check, at)
    let values = [Tape(training: false), Tape.evaluation()].map { tape in
      let x = inputs.map { tape.leaf($0) }
      return tape.convolutionNormalised(
        x[0], x[1], norm, stride: 1, padding: 1, mode: .zeros, relu: true
      ).value.array
    }
    #expect(check.compare("value", values[0], values[1].map(Double.init)).isEmpty)
  }

  /// The larger image is worked on in several strips.
  @Test(arguments: [(images: 2, height: 13, outputs: 16), (images: 1, height: 301, outputs: 128)])
  func pooledEvaluationWithoutTapeGivesTheSame(_ at: (images: Int, height: Int, outputs: Int)) {
    let norm = norm(at.outputs)
    let inputs = [
      check.normal([at.images, at.height, 19, 3]), check.normal([at.outputs, 7, 7, 3], stream: 1),
    ]
    let values = [Tape(training: false), Tape.evaluation()].map { tape in
      let x = inputs.map { tape.leaf($0) }
      return tape.convolutionPooled(
        x[0], x[1], norm, stride: 2, padding: 3, mode: .zeros,
        pool: (size: 3, stride: 2, padding: 1)
      ).value.array
    }
    #expect(check.compare("value", values[0], values[1].map(Double.init)).isEmpty)
  }
}
