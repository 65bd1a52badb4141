import CKernels
import TensorCore

extension Tape {
  /// relu?(batch normalisation over the rows of `x` [M, C]) (Ioffe, Szegedy 2015), as `nn.BatchNorm1d`: in
  /// training the batch's statistics are used and the running ones moved, otherwise the running ones are used.
  package func batchNorm1d(
    _ x: Variable, _ norm: BatchNormParameters, relu: Bool = false
  ) -> Variable {
    let channels = norm.scale.value.count
    precondition(
      x.shape.rank == 2 && x.shape[1] == channels && x.shape[0] > 0,
      "batchNorm1d of \(x.shape.text) with \(channels) channels")
    let (scale, shift) = (use(norm.scale), use(norm.shift))
    let statistics = isTraining ? batchStatistics(x.value, norm) : runningStatistics(norm)
    let factors = zip(scale.value.array, statistics.inverse).map { $0 * $1 }
    let shifts = shift.value.array
    let offsets = factors.indices.map { shifts[$0] - statistics.mean[$0] * factors[$0] }
    let (rows, block) = (x.shape[0], rowBlock(channels))
    let value = x.value.withData { source in
      Tensor.make([rows, channels]) { out in
        parallelRanges(rows, block: block) { range in
          let at = range.lowerBound * channels
          pk_channel_affine(
            range.count, channels, source + at, factors, offsets, nil, relu ? 1 : 0, out + at)
        }
      }
    }
    let training = isTraining
    return record(value, from: [x, scale, shift]) { gradient in
      normalisedBackward(
        gradient, output: relu ? value : nil, x, scale, shift, statistics, factors,
        training: training)
    }
  }
}

private struct Statistics {
  var mean: [Float]
  /// 1 / sqrt(variance + epsilon)
  var inverse: [Float]
}

private func runningStatistics(_ norm: BatchNormParameters) -> Statistics {
  Statistics(
    mean: norm.runningMean.value.array,
    inverse: norm.runningVariance.value.array.map { 1 / ($0 + norm.epsilon).squareRoot() })
}

/// The statistics of the batch; moves the running ones towards them, the variance without bias.
private func batchStatistics(_ x: Tensor, _ norm: BatchNormParameters) -> Statistics {
  let (rows, channels) = (x.shape[0], x.shape[1])
  let sums = x.withData { x in
    columnReduction(rows: rows, width: channels, values: 2) { first, count, sums in
      pk_channel_sums(count, channels, x + first * channels, sums, sums + channels)
    }
  }
  var statistics = Statistics(mean: [], inverse: [])
  var unbiased: [Float] = []
  for channel in 0..<channels {
    let mean = sums[channel] / Double(rows)
    let variance = max(0, sums[channels + channel] / Double(rows) - mean * mean)
    statistics.mean.append(Float(mean))
    statistics.inverse.append(Float(1 / (variance + Double(norm.epsilon)).squareRoot()))
    unbiased.append(Float(variance * Double(rows) / Double(max(1, rows - 1))))
  }
  for (running, batch) in [
    (norm.runningMean, statistics.mean), (norm.runningVariance, unbiased),
  ] {
    running.value.scale(1 - norm.momentum)
    running.value.addScaled(Tensor(batch, [channels]), norm.momentum)
  }
  return statistics
}

private func normalisedBackward(
  _ gradient: Tensor, output: Tensor?, _ x: Variable, _ scale: Variable, _ shift: Variable,
  _ statistics: Statistics, _ factors: [Float], training: Bool
) {
  let (rows, channels) = (x.shape[0], x.shape[1])
  let (mean, inverse) = (statistics.mean, statistics.inverse)
  var sums: [Double] = []
  let g = Tensor.make(gradient.shape) { g in
    // Without ReLU the gradient stands in for the output: the kernel is told by a null pointer.
    withData(gradient, x.value, output ?? gradient) { gradient, x, result in
      sums = columnReduction(rows: rows, width: channels, values: 2) { first, count, sums in
        let at = first * channels
        pk_normalised_backward_sums(
          count, channels, gradient + at, output == nil ? nil : result + at, x + at, mean, inverse,
          g + at, sums, sums + channels)
      }
    }
  }
  let (sum, weighted) = (sums[..<channels], sums[channels...])
  scale.accumulate(Tensor(weighted.map { Float($0) }, scale.shape))
  shift.accumulate(Tensor(sum.map { Float($0) }, shift.shape))
  guard x.needsGradient else { return }
  // With running statistics the mean and the deviation are constants: no gradient flows through them.
  let share = training ? 1 / Double(rows) : 0
  let meanG = sum.map { Float($0 * share) }
  let meanWeighted = weighted.map { Float($0 * share) }
  x.accumulate(
    withData(g, x.value) { g, x in
      Tensor.make(gradient.shape) { out in
        parallelRanges(rows, block: rowBlock(channels)) { range in
          let at = range.lowerBound * channels
          pk_normalised_backward(
            range.count, channels, g + at, x + at, mean, inverse, factors, meanG, meanWeighted,
            out + at)
        }
      }
    })
}
