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
    let statistics = isTraining ? batchStatistics(x.value, norm) : BatchStatistics(running: norm)
    let value = normalised(
      x.value, statistics.affine(scale: scale.value, shift: shift.value), nil, relu: relu)
    let training = isTraining
    return record(value, from: [x, scale, shift]) { gradient in
      normalisedBackward(
        gradient, output: relu ? value : nil, x, scale, shift, statistics,
        training: training)
    }
  }
}

/// The statistics of the batch; moves the running ones towards them, the variance without bias.
private func batchStatistics(_ x: Tensor, _ norm: BatchNormParameters) -> BatchStatistics {
  let (rows, channels) = (x.shape[0], x.shape[1])
  let sums = x.withData { x in
    columnReduction(rows: rows, width: channels, values: 2) { first, count, sums in
      pk_channel_sums(count, channels, x + first * channels, sums, sums + channels)
    }
  }
  return BatchStatistics(
    sum: Array(sums[..<channels]), squares: Array(sums[channels...]), count: rows, moving: norm)
}

private func normalisedBackward(
  _ gradient: Tensor, output: Tensor?, _ x: Variable, _ scale: Variable, _ shift: Variable,
  _ statistics: BatchStatistics, training: Bool
) {
  let (rows, channels) = (x.shape[0], x.shape[1])
  let (g, sum, weighted) = masked(gradient, output: output, x.value, statistics)
  scale.accumulate(Tensor(weighted.map(Float.init), scale.shape))
  shift.accumulate(Tensor(sum.map(Float.init), shift.shape))
  guard x.needsGradient else { return }
  let behind = statistics.gradient(
    scale: scale.value, sum: sum, weighted: weighted, count: training ? rows : nil)
  x.accumulate(
    withData(g, x.value) { g, x in
      Tensor.make(gradient.shape) { out in
        parallelRanges(rows, block: rowBlock(channels)) { range in
          let at = range.lowerBound * channels
          pk_normalised_backward(
            range.count, channels, g + at, x + at, behind.factor, behind.slope, behind.intercept,
            out + at)
        }
      }
    })
}
