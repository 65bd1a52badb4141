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
  /// the convolution's blocks are in the cache.
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
    let pass = NormalisedPass(
      convolution: convolution, norm: norm, training: isTraining,
      keeps: isRecording)
    let scale = use(norm.scale)
    let shift = use(norm.shift)
    let value = pass.forward(
      x.value, weight.value, scale.value, shift.value, residual?.value, relu: relu)
    let inputs = [x, weight, scale, shift] + (residual.map { [$0] } ?? [])
    return record(value, from: inputs) { gradient in
      pass.backward(
        gradient, output: relu ? value : nil, x, weight, scale, shift, residual)
    }
  }
}

/// One run of the fused operation: what forward leaves for backward.
private final class NormalisedPass {
  let convolution: Convolution
  let norm: BatchNormParameters
  let training: Bool
  let keeps: Bool
  var convolved: Tensor?
  var mean: Tensor
  var inverse: Tensor

  init(convolution: Convolution, norm: BatchNormParameters, training: Bool, keeps: Bool) {
    self.convolution = convolution
    self.norm = norm
    self.training = training
    self.keeps = keeps
    mean = norm.runningMean.value
    let epsilon = norm.epsilon
    inverse = Tensor(
      norm.runningVariance.value.array.map { 1 / ($0 + epsilon).squareRoot() }, mean.shape)
  }

  private var channels: Int { convolution.outputChannels }
  private var rows: Int { convolution.window.rows }

  func forward(
    _ x: Tensor, _ weight: Tensor, _ scale: Tensor, _ shift: Tensor, _ residual: Tensor?,
    relu: Bool
  ) -> Tensor {
    if training { return forwardInTraining(x, weight, scale, shift, residual, relu: relu) }
    let (factor, offset) = affine(scale, shift)
    guard keeps else {
      // Nothing is kept for backward: the epilogue finishes each block in place.
      return convolution.forward(
        x, weight,
        epilogue: .affine(factor: factor, offset: offset, residual: residual, relu: relu))
    }
    let y = convolution.forward(x, weight)
    convolved = y
    return normalise(y, factor, offset, residual, relu: relu)
  }

  private func forwardInTraining(
    _ x: Tensor, _ weight: Tensor, _ scale: Tensor, _ shift: Tensor, _ residual: Tensor?,
    relu: Bool
  ) -> Tensor {
    let sums = ChannelSums(channels: channels)
    let y = convolution.forward(x, weight, epilogue: .statistics(sums))
    takeStatistics(sums)
    if keeps { convolved = y }
    let (factor, offset) = affine(scale, shift)
    return normalise(y, factor, offset, residual, relu: relu)
  }

  /// Mean and inverse deviation of the batch; moves the running ones.
  private func takeStatistics(_ sums: ChannelSums) {
    let c = channels
    let (sum, squares) = sums.totals
    let count = Double(max(1, rows))
    var means = [Float](repeating: 0, count: c)
    var inverses = means
    var variances = means
    for channel in 0..<c {
      let mean = sum[channel] / count
      let variance = max(0, squares[channel] / count - mean * mean)
      means[channel] = Float(mean)
      inverses[channel] = Float(1 / (variance + Double(norm.epsilon)).squareRoot())
      variances[channel] = Float(variance * count / max(1, count - 1))
    }
    mean = Tensor(means, [c])
    inverse = Tensor(inverses, [c])
    Self.move(norm.runningMean, towards: mean, norm.momentum)
    Self.move(norm.runningVariance, towards: Tensor(variances, [c]), norm.momentum)
  }

  private static func move(_ running: Parameter, towards batch: Tensor, _ momentum: Float) {
    running.value.scale(1 - momentum)
    running.value.addScaled(batch, momentum)
  }

  /// The normalisation as one factor and offset a channel.
  private func affine(_ scale: Tensor, _ shift: Tensor) -> (factor: Tensor, offset: Tensor) {
    let means = mean.array
    let inverses = inverse.array
    let shifts = shift.array
    let factors = zip(scale.array, inverses).map { $0 * $1 }
    let offsets = factors.indices.map { shifts[$0] - means[$0] * factors[$0] }
    return (Tensor(factors, mean.shape), Tensor(offsets, mean.shape))
  }

  private func normalise(
    _ y: Tensor, _ factor: Tensor, _ offset: Tensor, _ residual: Tensor?, relu: Bool
  ) -> Tensor {
    let c = channels
    return .make(y.shape) { out in
      withOptionalData(residual) { residual in
        withData(y, factor, offset) { y, factor, offset in
          parallelRanges(rows, block: rowBlock) { block in
            let at = block.lowerBound * c
            pk_channel_affine(
              block.count, c, y + at, factor, offset, residual.map { $0 + at }, relu ? 1 : 0,
              out + at)
          }
        }
      }
    }
  }

  private var rowBlock: Int { max(1, elementwiseBlock / max(1, channels)) }

  func backward(
    _ gradient: Tensor, output: Tensor?, _ x: Variable, _ weight: Variable, _ scale: Variable,
    _ shift: Variable, _ residual: Variable?
  ) {
    guard let y = convolved else { return }
    convolved = nil
    let (g, sum, weighted) = masked(gradient, output: output, y)
    residual?.accumulate(g)
    scale.accumulate(Tensor(weighted.map(Float.init), scale.shape))
    shift.accumulate(Tensor(sum.map(Float.init), shift.shape))
    let count = Double(max(1, rows))
    // With running statistics the mean and the deviation are constants: no gradient flows through them.
    let share = training ? 1 / count : 0
    let dy = convolutionGradient(
      g, y, factor: Tensor(zip(scale.value.array, inverse.array).map { $0 * $1 }, mean.shape),
      meanG: Tensor(sum.map { Float($0 * share) }, mean.shape),
      meanWeighted: Tensor(weighted.map { Float($0 * share) }, mean.shape))
    convolution.accumulate(dy, into: x, weight)
  }

  /// The gradient behind the ReLU, and its sums by channel: plain, and weighted by the normalised value.
  private func masked(
    _ gradient: Tensor, output: Tensor?, _ y: Tensor
  ) -> (g: Tensor, sum: [Double], weighted: [Double]) {
    let c = channels
    let block = rowBlock
    let blocks = (rows + block - 1) / block
    var sums = [Double](repeating: 0, count: blocks * 2 * c)
    let g = sums.withUnsafeMutableBufferPointer { sums in
      nonisolated(unsafe) let sums = sums
      return Tensor.make(gradient.shape) { g in
        withOptionalData(output) { output in
          withData(gradient, y, mean, inverse) { gradient, y, mean, inverse in
            parallelRanges(rows, block: block) { range in
              guard let base = sums.baseAddress else { return }
              let at = range.lowerBound * c
              let own = base + range.lowerBound / block * 2 * c
              pk_normalised_backward_sums(
                range.count, c, gradient + at, output.map { $0 + at }, y + at, mean, inverse,
                g + at, own, own + c)
            }
          }
        }
      }
    }
    var sum = [Double](repeating: 0, count: c)
    var weighted = sum
    for index in 0..<blocks {
      for channel in 0..<c {
        sum[channel] += sums[index * 2 * c + channel]
        weighted[channel] += sums[index * 2 * c + c + channel]
      }
    }
    return (g, sum, weighted)
  }

  private func convolutionGradient(
    _ g: Tensor, _ y: Tensor, factor: Tensor, meanG: Tensor, meanWeighted: Tensor
  ) -> Tensor {
    let c = channels
    return .make(y.shape) { dy in
      withData(g, y, mean, inverse) { g, y, mean, inverse in
        withData(factor, meanG, meanWeighted) { factor, meanG, meanWeighted in
          parallelRanges(rows, block: rowBlock) { range in
            let at = range.lowerBound * c
            pk_normalised_backward(
              range.count, c, g + at, y + at, mean, inverse, factor, meanG, meanWeighted, dy + at)
          }
        }
      }
    }
  }
}

private func withOptionalData<R>(
  _ tensor: Tensor?, _ body: (UnsafePointer<Float>?) -> R
) -> R {
  guard let tensor else { return body(nil) }
  return tensor.withData { body($0) }
}
