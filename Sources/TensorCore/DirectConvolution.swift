import CKernels

/// A convolution as sums of small products over the padded lines of an image, without gathering windows: the
/// pixels under a kernel's row lie side by side in memory, so that a line is the left factor as it stands, its
/// rows overlapping. For outputs in multiples of 16.
struct DirectConvolution: Sendable {
  let window: Window
  let outputs: Int

  init?(window: Window, outputs: Int) {
    guard outputs % 16 == 0 else { return nil }
    self.window = window
    self.outputs = outputs
  }

  /// Elements under one row of the kernel.
  var span: Int { window.kernelWidth * window.channels }
  /// Floats of a padded line.
  var line: Int { window.paddedColumns.count * window.channels }
  /// Floats of a row of output pixels.
  var outputRow: Int { window.outWidth * outputs }

  /// Output rows, counted over all images, that are worked on together: whole images while they are small,
  /// else so many rows that their lines stay in the second-level cache.
  var blockRows: Int {
    let held = max(1, (1 << 16) / (window.stride * line + outputRow))
    return held >= window.outHeight ? held / window.outHeight * window.outHeight : held
  }

  func forward(_ x: Tensor, _ filter: Tensor, _ epilogue: Epilogue) -> Tensor {
    let rows = window.images * window.outHeight
    let block = blockRows
    let weights = turned(filter)
    return .make([window.images, window.outHeight, window.outWidth, outputs]) { out in
      withData(x, weights) { x, weights in
        epilogue.withKernelEpilogue(blocks: (rows + block - 1) / block, channels: outputs) {
          epilogueOf in
          parallelRanges(rows, block: block) { range in
            let target = out + range.lowerBound * outputRow
            eachRow(of: x, range) { row, lines in
              forward(lines, weights, target + (row - range.lowerBound) * outputRow)
            }
            epilogueOf(range.lowerBound / block).finish(
              pixels: range.lowerBound * window.outWidth..<range.upperBound * window.outWidth,
              channels: outputs, target)
          }
        }
      }
    }
  }

  /// One row of output pixels from the lines under it.
  func forward(
    _ lines: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
  ) {
    var shape = pk_gemm_shape(
      m: window.outWidth, n: outputs, k: span, parts: window.kernelHeight, a: lines, a_part: line,
      a_row: window.stride * window.channels, a_step: 1, b: weights, b_panel: 16, b_row: outputs,
      c: out, c_panel: 16, c_row: outputs, accumulate: 0)
    pk_gemm(&shape)
  }

  /// Calls `body` for each of `rows` of output pixels with the first of the padded lines under it; the rows of
  /// an image share their lines.
  func eachRow(
    of x: UnsafePointer<Float>, _ rows: Range<Int>,
    _ body: (_ row: Int, _ lines: UnsafePointer<Float>) -> Void
  ) {
    withLines(of: x, rows) { run, lines in
      for row in run { body(row, lines + (row - run.lowerBound) * window.stride * line) }
    }
  }

  /// Calls `body` for each run of `rows` within one image with the padded lines under it, from the first row's
  /// first to the last row's last.
  func withLines(
    of x: UnsafePointer<Float>, _ rows: Range<Int>,
    _ body: (_ rows: Range<Int>, _ lines: UnsafePointer<Float>) -> Void
  ) {
    let height = window.outHeight
    let most = (min(rows.count, height) - 1) * window.stride + window.kernelHeight
    withScratch(window.padding > 0 ? most * line : 0) { scratch in
      var first = rows.lowerBound
      while first < rows.upperBound {
        let image = first / height
        let end = min(rows.upperBound, (image + 1) * height)
        let top = (first - image * height) * window.stride
        let pixels = x + image * window.height * window.width * window.channels
        if window.padding > 0 {
          for index in 0..<(end - first - 1) * window.stride + window.kernelHeight {
            window.pad(pixels, row: window.paddedRows[top + index], into: scratch + index * line)
          }
          body(first..<end, scratch)
        } else {
          body(first..<end, pixels + top * line)
        }
        first = end
      }
    }
  }

  /// The filters [O, kH, kW, C] as [kH·kW·C, O].
  func turned(_ filter: Tensor) -> Tensor {
    filter.reshaped([outputs, window.columns]).transposed()
  }
}

extension pk_epilogue {
  /// Finishes `pixels` of an output, counted over all images, which begin at `target`.
  func finish(pixels: Range<Int>, channels: Int, _ target: UnsafeMutablePointer<Float>) {
    if let factor {
      pk_channel_affine(
        pixels.count, channels, target, factor, offset,
        residual.map { $0 + pixels.lowerBound * channels }, relu, target)
    }
    if let sum { pk_channel_sums(pixels.count, channels, target, sum, squares) }
  }
}
