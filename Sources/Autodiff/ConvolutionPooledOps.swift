import CKernels
import TensorCore

extension Tape {
  /// maxPool(relu(batchNorm(convolution(x, weight)))), the beginning of a ResNet, as one operation: of the
  /// size of the convolution's output only that output is kept.
  ///
  /// Statistics as in `convolutionNormalised`; padding of the pooling never wins.
  package func convolutionPooled(
    _ x: Variable, _ weight: Variable, _ norm: BatchNormParameters, stride: Int, padding: Int,
    mode: PaddingMode, pool: (size: Int, stride: Int, padding: Int)
  ) -> Variable {
    let convolution = Convolution(
      input: x.shape, filter: weight.shape, stride: stride, padding: padding, mode: mode)
    let pooling = Window(
      input: convolution.outputShape, kernel: (pool.size, pool.size), stride: pool.stride,
      padding: pool.padding, mode: .zeros)
    precondition(
      pool.padding < pool.size,
      "maxPool of \(pool.size)×\(pool.size) windows with padding \(pool.padding)")
    let channels = convolution.outputChannels
    guard channels % 16 == 0, pool.size * pool.size < PK_NO_WINNER else {
      return maxPool(
        convolutionNormalised(
          x, weight, norm, stride: stride, padding: padding, mode: mode, relu: true),
        size: pool.size, stride: pool.stride, padding: pool.padding)
    }
    let (scale, shift) = (use(norm.scale), use(norm.shift))
    if !isRecording, !isTraining {
      let affine = BatchStatistics(running: norm).affine(scale: scale.value, shift: shift.value)
      if let value = convolution.forwardPooled(
        x.value, weight.value, factor: affine.factor, offset: affine.offset, pooling: pooling)
      {
        return constant(value)
      }
    }
    let (convolved, statistics) = convolvedWithStatistics(convolution, x, weight, norm)
    let affine = statistics.affine(scale: scale.value, shift: shift.value)
    guard isRecording else { return constant(pooling.pooled(convolved, affine)) }
    let pass = PooledPass(pooling, convolved, affine)
    let training = isTraining
    return record(pass.value, from: [x, weight, scale, shift]) { gradient in
      let (sum, weighted) = pass.sums(gradient, statistics)
      scale.accumulate(Tensor(weighted.map(Float.init), scale.shape))
      shift.accumulate(Tensor(sum.map(Float.init), shift.shape))
      let behind = statistics.gradient(
        scale: scale.value, sum: sum, weighted: weighted,
        count: training ? convolution.window.rows : nil)
      pass.withGradient(gradient, behind) { convolution.accumulate($0, into: x, weight) }
    }
  }
}

/// One run of the fused pooling: what forward leaves for backward.
private struct PooledPass {
  private let pooling: Window
  private let convolved: Tensor
  let value: Tensor
  /// The convolution's output where each window's maximum was.
  private let raw: Tensor
  /// Which tap won, a byte each: four to a float of the pool's memory.
  private let winners: Tensor

  init(_ pooling: Window, _ convolved: Tensor, _ affine: (factor: [Float], offset: [Float])) {
    self.pooling = pooling
    self.convolved = convolved
    var raw = Tensor.make(pooling.outputShape) { _ in }
    var winners = Tensor.make([(raw.count + 3) / 4]) { _ in }
    value = raw.withMutableData { raw in
      winners.withMutableData { winners in
        pooling.pooled(convolved, affine, raw: raw, winners: bytes(winners))
      }
    }
    self.raw = raw
    self.winners = winners
  }

  /// The sums of the gradient behind the ReLU by channel: plain, and weighted by the normalised value.
  func sums(_ gradient: Tensor, _ statistics: BatchStatistics) -> ([Double], [Double]) {
    let c = pooling.channels
    let sums = withData(gradient, raw, winners) { gradient, raw, winners in
      columnReduction(rows: pooling.rows, width: c, values: 2) { first, count, sums in
        let at = first * c
        pk_pooled_backward_sums(
          count, c, gradient + at, raw + at, bytes(winners) + at, statistics.mean,
          statistics.inverse, sums, sums + c)
      }
    }
    return (Array(sums[..<c]), Array(sums[c...]))
  }

  /// Calls `body` with the gradient of the convolution's output.
  func withGradient(
    _ gradient: Tensor, _ behind: NormalisationGradient, _ body: (OutputGradient) -> Void
  ) {
    let c = pooling.channels
    withData(gradient, winners, convolved) { gradient, winners, convolved in
      pooling.withKernelWindow { window in
        body(
          .computed { rows, out in
            var first = rows.lowerBound
            while first < rows.upperBound {
              let image = first / pooling.height
              let end = min(rows.upperBound, (image + 1) * pooling.height)
              pk_affine_maxpool_backward(
                window, gradient + image * pooling.positions * c,
                bytes(winners) + image * pooling.positions * c,
                convolved + image * pooling.height * pooling.width * c, behind.factor,
                behind.slope, behind.intercept, first - image * pooling.height, end - first,
                out + (first - rows.lowerBound) * pooling.width * c)
              first = end
            }
          })
      }
    }
  }
}

private func bytes(_ floats: UnsafePointer<Float>) -> UnsafePointer<UInt8> {
  UnsafeRawPointer(floats).assumingMemoryBound(to: UInt8.self)
}

private func bytes(_ floats: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt8> {
  UnsafeMutableRawPointer(floats).assumingMemoryBound(to: UInt8.self)
}

extension Window {
  fileprivate var outputShape: Shape { [images, outHeight, outWidth, channels] }

  /// The largest of relu(x × factor + offset) under each window, and what backward wants to know of it.
  fileprivate func pooled(
    _ x: Tensor, _ affine: (factor: [Float], offset: [Float]),
    raw: UnsafeMutablePointer<Float>? = nil, winners: UnsafeMutablePointer<UInt8>? = nil
  ) -> Tensor {
    .make(outputShape) { out in
      x.withData { x in
        withKernelWindow { window in
          parallelRanges(rows, block: rowBlock(channels)) { block in
            let at = block.lowerBound * channels
            pk_affine_maxpool(
              window, x, affine.factor, affine.offset, block.lowerBound, block.count, out + at,
              raw.map { $0 + at }, winners.map { $0 + at })
          }
        }
      }
    }
  }
}
