import CKernels

extension Convolution {
  /// maxPool(relu(convolution × factor + offset)) with known factors, strip by strip: the convolution's own
  /// output, the largest of an encoder, never leaves the cache. Nil where the algorithm does not apply.
  ///
  /// `pooling` is a window over this convolution's output.
  package func forwardPooled(
    _ x: Tensor, _ filter: Tensor, factor: [Float], offset: [Float], pooling: Window
  ) -> Tensor? {
    direct?.forwardPooled(x, filter, factor: factor, offset: offset, pooling: pooling)
  }
}

extension DirectConvolution {
  fileprivate func forwardPooled(
    _ x: Tensor, _ filter: Tensor, factor: [Float], offset: [Float], pooling: Window
  ) -> Tensor {
    let weights = turned(filter)
    let strip = max(1, (1 << 17) / (outputRow * pooling.stride))
    let strips = (pooling.outHeight + strip - 1) / strip
    let pooledRow = pooling.outWidth * outputs
    return .make([pooling.images, pooling.outHeight, pooling.outWidth, outputs]) { out in
      withData(x, weights) { x, weights in
        pooling.withKernelWindow { kernelWindow in
          parallelFor(pooling.images * strips) { unit in
            let (image, part) = unit.quotientAndRemainder(dividingBy: strips)
            let pooled = part * strip..<min(pooling.outHeight, (part + 1) * strip)
            let rows = pooling.inputRows(under: pooled)
            withScratch(rows.count * outputRow) { scratch in
              let top = image * window.outHeight + rows.lowerBound
              eachRow(of: x, top..<top + rows.count) { row, lines in
                forward(lines, weights, scratch + (row - top) * outputRow)
              }
              pk_affine_maxpool(
                kernelWindow, scratch - rows.lowerBound * outputRow, factor, offset,
                pooled.lowerBound * pooling.outWidth, pooled.count * pooling.outWidth,
                out + (image * pooling.outHeight + pooled.lowerBound) * pooledRow, nil, nil)
            }
          }
        }
      }
    }
  }
}

extension Window {
  /// The input rows that the windows of `rows` of output reach.
  fileprivate func inputRows(under rows: Range<Int>) -> Range<Int> {
    max(
      0, rows.lowerBound * stride - padding)..<min(
        height, (rows.upperBound - 1) * stride - padding + kernelHeight)
  }
}
