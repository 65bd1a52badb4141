import CKernels
import TensorCore

/// The mean and the inverse deviation by which a batch normalisation works, [C] each, and what follows from
/// them by channel.
struct BatchStatistics {
  let mean: [Float]
  /// 1 / sqrt(variance + epsilon)
  let inverse: [Float]

  /// The running statistics, as evaluation uses them.
  init(running norm: BatchNormParameters) {
    mean = norm.runningMean.value.array
    inverse = norm.runningVariance.value.array.map { 1 / ($0 + norm.epsilon).squareRoot() }
  }

  /// Those of a batch, given each channel's sum and sum of squares over `count` values; moves the running ones
  /// towards them, the variance without bias, as PyTorch.
  init(sum: [Double], squares: [Double], count: Int, moving norm: BatchNormParameters) {
    let count = Double(max(1, count))
    var means = [Float](repeating: 0, count: sum.count)
    var (inverses, unbiased) = (means, means)
    for channel in sum.indices {
      let mean = sum[channel] / count
      let variance = max(0, squares[channel] / count - mean * mean)
      means[channel] = Float(mean)
      inverses[channel] = Float(1 / (variance + Double(norm.epsilon)).squareRoot())
      unbiased[channel] = Float(variance * count / max(1, count - 1))
    }
    mean = means
    inverse = inverses
    for (running, batch) in [(norm.runningMean, means), (norm.runningVariance, unbiased)] {
      running.value.scale(1 - norm.momentum)
      running.value.addScaled(Tensor(batch, running.value.shape), norm.momentum)
    }
  }

  /// The normalisation with its scale and shift as one factor and offset a channel.
  func affine(scale: Tensor, shift: Tensor) -> (factor: [Float], offset: [Float]) {
    let factors = zip(scale.array, inverse).map { $0 * $1 }
    let offsets = zip(shift.array, zip(mean, factors)).map { $0 - $1.0 * $1.1 }
    return (factors, offsets)
  }

  /// The gradient to the normalised values x as factor × g + slope × x + intercept, given each channel's sum of
  /// g, plain and weighted by the normalised value, over `count` values; nil where the statistics are constants
  /// through which no gradient flows.
  func gradient(
    scale: Tensor, sum: [Double], weighted: [Double], count: Int?
  ) -> NormalisationGradient {
    let share = count.map { 1 / Double(max(1, $0)) } ?? 0
    let none = [Float](repeating: 0, count: mean.count)
    var gradient = NormalisationGradient(
      factor: zip(scale.array, inverse).map { $0 * $1 }, slope: none, intercept: none)
    for channel in mean.indices {
      let factor = Double(gradient.factor[channel])
      let slope = -factor * Double(inverse[channel]) * weighted[channel] * share
      gradient.slope[channel] = Float(slope)
      gradient.intercept[channel] = Float(
        -factor * sum[channel] * share - slope * Double(mean[channel]))
    }
    return gradient
  }
}

/// dx = factor × g + slope × x + intercept, by channel.
struct NormalisationGradient {
  var factor, slope, intercept: [Float]
}

/// relu?(y × factor + offset + residual), by channel.
func normalised(
  _ y: Tensor, _ affine: (factor: [Float], offset: [Float]), _ residual: Tensor?, relu: Bool
) -> Tensor {
  let c = affine.factor.count
  let rows = y.count / max(1, c)
  return .make(y.shape) { out in
    withData(y, residual ?? y) { y, added in
      parallelRanges(rows, block: rowBlock(c)) { block in
        let at = block.lowerBound * c
        pk_channel_affine(
          block.count, c, y + at, affine.factor, affine.offset, residual == nil ? nil : added + at,
          relu ? 1 : 0, out + at)
      }
    }
  }
}

/// The gradient behind the ReLU, and its sums by channel: plain, and weighted by the normalised value.
func masked(
  _ gradient: Tensor, output: Tensor?, _ y: Tensor, _ statistics: BatchStatistics
) -> (g: Tensor, sum: [Double], weighted: [Double]) {
  let c = statistics.mean.count
  var sums: [Double] = []
  let rows = y.count / max(1, c)
  let g = Tensor.make(gradient.shape) { g in
    // Without ReLU the gradient stands in for the output: the kernel is told by a null pointer.
    withData(gradient, y, output ?? gradient) { gradient, y, result in
      sums = columnReduction(rows: rows, width: c, values: 2) { first, count, sums in
        let at = first * c
        pk_normalised_backward_sums(
          count, c, gradient + at, output == nil ? nil : result + at, y + at, statistics.mean,
          statistics.inverse, g + at, sums, sums + c)
      }
    }
  }
  return (g, Array(sums[..<c]), Array(sums[c...]))
}
