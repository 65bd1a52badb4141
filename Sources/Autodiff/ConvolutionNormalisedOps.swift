import CKernels
import TensorCore

/// The scale, shift and running statistics of a batch normalisation (Ioffe, Szegedy 2015), [C] each.
package struct BatchNormParameters {
  package let scale, shift, runningMean, runningVariance: Parameter
  /// The share of a new batch in the running statistics, as PyTorch counts it.
  package let momentum: Float
  package let epsilon: Float

  /// PyTorch's default.
  package static let customaryMomentum: Float = 0.1

  package init(
    scale: Parameter, shift: Parameter, runningMean: Parameter, runningVariance: Parameter,
    momentum: Float = customaryMomentum, epsilon: Float = 1e-5
  ) {
    self.scale = scale
    self.shift = shift
    self.runningMean = runningMean
    self.runningVariance = runningVariance
    self.momentum = momentum
    self.epsilon = epsilon
  }
}

extension Tape {
  /// relu?(batchNorm(convolution(x, weight)) + residual) as one operation: the statistics are gathered while
  /// the convolution's blocks are in the cache, and the gradient behind the normalisation is worked out where
  /// the convolution reads it.
  ///
  /// In training the batch's statistics are used and the running ones moved (the variance without bias, as
  /// PyTorch); otherwise the running ones are used.
  package func convolutionNormalised(
    _ x: Variable, _ weight: Variable, _ norm: BatchNormParameters, stride: Int, padding: Int,
    mode: PaddingMode, residual: Variable? = nil, relu: Bool
  ) -> Variable {
    let convolution = Convolution(
      input: x.shape, filter: weight.shape, stride: stride, padding: padding, mode: mode)
    if let residual {
      precondition(
        residual.shape == convolution.outputShape,
        "a residual of \(residual.shape.text) for an output of \(convolution.outputShape.text)")
    }
    let scale = use(norm.scale)
    let shift = use(norm.shift)
    guard isTraining || isRecording else {
      // Nothing is kept for backward: the epilogue finishes each block in place.
      let (factor, offset) = BatchStatistics(running: norm).affine(
        scale: scale.value, shift: shift.value)
      let epilogue = Epilogue.affine(
        factor: Tensor(factor, scale.shape), offset: Tensor(offset, scale.shape),
        residual: residual?.value, relu: relu)
      return constant(convolution.forward(x.value, weight.value, epilogue: epilogue))
    }
    let (convolved, statistics) = convolvedWithStatistics(convolution, x, weight, norm)
    let value = normalised(
      convolved, statistics.affine(scale: scale.value, shift: shift.value), residual?.value,
      relu: relu)
    let training = isTraining
    var kept: Tensor? = convolved
    return record(value, from: [x, weight, scale, shift] + (residual.map { [$0] } ?? [])) {
      gradient in
      guard let y = kept.take() else { return }
      let (g, sum, weighted) = masked(gradient, output: relu ? value : nil, y, statistics)
      residual?.accumulate(g)
      scale.accumulate(Tensor(weighted.map(Float.init), scale.shape))
      shift.accumulate(Tensor(sum.map(Float.init), shift.shape))
      let behind = statistics.gradient(
        scale: scale.value, sum: sum, weighted: weighted,
        count: training ? convolution.window.rows : nil)
      withData(g, y) { g, y in
        let row = convolution.window.outWidth * convolution.outputChannels
        convolution.accumulate(
          .computed { rows, out in
            let at = rows.lowerBound * row
            pk_normalised_backward(
              rows.count * convolution.window.outWidth, convolution.outputChannels, g + at, y + at,
              behind.factor, behind.slope, behind.intercept, out)
          }, into: x, weight)
      }
    }
  }

  /// The convolution, and the statistics by which its output is to be normalised: the batch's own in training.
  func convolvedWithStatistics(
    _ convolution: Convolution, _ x: Variable, _ weight: Variable, _ norm: BatchNormParameters
  ) -> (Tensor, BatchStatistics) {
    guard isTraining else {
      return (convolution.forward(x.value, weight.value), BatchStatistics(running: norm))
    }
    let sums = ChannelSums(channels: convolution.outputChannels)
    let convolved = convolution.forward(x.value, weight.value, epilogue: .statistics(sums))
    let (sum, squares) = sums.totals
    let statistics = BatchStatistics(
      sum: sum, squares: squares, count: convolution.window.rows, moving: norm)
    return (convolved, statistics)
  }
}
