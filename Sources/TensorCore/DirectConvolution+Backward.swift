import CKernels

extension DirectConvolution {
  /// Whether the gradient to the input is found here: for its channels in multiples of 16.
  var givesInputGradient: Bool { window.channels % 16 == 0 }

  /// The gradients to the input [N, H, W, C] and to the filter [O, kH, kW, C], given that of the output; what is
  /// not asked for is nil.
  func backward(
    _ dy: OutputGradient, _ x: Tensor, _ filter: Tensor, input: Bool, filter wantsFilter: Bool
  ) -> (input: Tensor?, filter: Tensor?) {
    precondition(!input || givesInputGradient, "an input gradient of \(window.channels) channels")
    let chunks = imageChunks(images: window.images, most: 16)
    let size = window.columns * outputs
    var dx: Tensor? =
      input
      ? .make([window.images, window.height, window.width, window.channels]) { _ in } : nil
    var partial: Tensor? = wantsFilter ? .make([chunks.count, size]) { _ in } : nil
    withData(x, filter) { x, filter in
      withOptionalMutableData(&dx) { dx in
        withOptionalMutableData(&partial) { partial in
          parallelFor(chunks.count) { chunk in
            backward(
              images: chunks[chunk], dy, x, filter, dx, partial.map { $0 + chunk * size })
          }
        }
      }
    }
    let dw = partial.map {
      sumOfRows($0, rows: chunks.count, [window.columns, outputs]).transposed()
        .reshaped(filter.shape)
    }
    return (dx, dw)
  }

  private func backward(
    images: Range<Int>, _ dy: OutputGradient, _ x: UnsafePointer<Float>,
    _ filter: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>?,
    _ sum: UnsafeMutablePointer<Float>?
  ) {
    sum?.update(repeating: 0, count: window.columns * outputs)
    let all = images.lowerBound * window.outHeight..<images.upperBound * window.outHeight
    // The input's gradient is summed over an image's whole padded copy.
    let block =
      dx == nil
      ? blockRows : (blockRows + window.outHeight - 1) / window.outHeight * window.outHeight
    for first in stride(from: all.lowerBound, to: all.upperBound, by: block) {
      let rows = first..<min(all.upperBound, first + block)
      dy.withRows(rows, row: outputRow) { dy in
        if let sum {
          withLines(of: x, rows) { part, lines in
            addFilterGradient(part, lines, dy + (part.lowerBound - first) * outputRow, sum)
          }
        }
        if let dx {
          for image in rows.lowerBound / window.outHeight..<rows.upperBound / window.outHeight {
            inputGradient(
              dy + (image * window.outHeight - first) * outputRow, filter,
              dx + image * window.height * window.width * window.channels)
          }
        }
      }
    }
  }

  /// sum [kH·kW·C, O] += Σ x dy over rows of output pixels within one image.
  private func addFilterGradient(
    _ rows: Range<Int>, _ lines: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ sum: UnsafeMutablePointer<Float>
  ) {
    for tap in 0..<window.kernelHeight {
      var shape = pk_gemm_shape(
        m: span, n: outputs, k: window.outWidth, parts: rows.count, a: lines + tap * line,
        a_part: window.stride * line, a_row: 1, a_step: window.stride * window.channels, b: dy,
        b_panel: 16, b_row: outputs, c: sum + tap * span * outputs, c_panel: 16, c_row: outputs,
        accumulate: 1)
      pk_gemm(&shape)
    }
  }

  /// One image's gradient: each tap of the kernel adds its share to a padded copy, which is folded back.
  private func inputGradient(
    _ dy: UnsafePointer<Float>, _ filter: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
  ) {
    let channels = window.channels
    let copies = window.padding > 0
    let lines = window.paddedRows.count
    withScratch(copies ? lines * line : 0) { scratch in
      let target = copies ? scratch : dx
      target.update(repeating: 0, count: lines * line)
      for row in 0..<window.outHeight {
        for tapY in 0..<window.kernelHeight {
          for tapX in 0..<window.kernelWidth {
            var shape = pk_gemm_shape(
              m: window.outWidth, n: channels, k: outputs, parts: 1, a: dy + row * outputRow,
              a_part: 0, a_row: outputs, a_step: 1,
              b: filter + (tapY * window.kernelWidth + tapX) * channels, b_panel: 16,
              b_row: window.columns,
              c: target + (row * window.stride + tapY) * line + tapX * channels, c_panel: 16,
              c_row: window.stride * channels, accumulate: 1)
            pk_gemm(&shape)
          }
        }
      }
      if copies { window.fold(scratch, into: dx) }
    }
  }
}

/// Runs of images, cut by their number alone, each worked on by one thread: few enough that a filter gradient
/// a run is cheap, enough to keep the threads busy to the end.
func imageChunks(images: Int, most: Int) -> [Range<Int>] {
  let count = max(1, min(images, most))
  return (0..<count).map { $0 * images / count..<($0 + 1) * images / count }
}
