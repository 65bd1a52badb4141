import CKernels

/// Convolution (cross-correlation, as in every deep-learning library) over NHWC images with OHWI filters:
/// 3×3 at stride 1 by Winograd's algorithm, other outputs in multiples of 16 by products over the padded lines, the
/// rest by gemm over blocks of gathered windows that stay in the second-level cache.
package struct Convolution: Sendable {
  package let window: Window
  package let outputChannels: Int
  private let winograd: WinogradConvolution?
  let direct: DirectConvolution?

  /// Whether 3×3 convolutions at stride 1 go by Winograd's algorithm; off, they go as the others do, which
  /// round about ten times less. Tests compare the one with the other.
  @TaskLocal package static var usesWinograd = true

  package init(
    input: Shape, filter: Shape, stride: Int, padding: Int, mode: PaddingMode
  ) {
    precondition(
      filter.rank == 4 && input.rank == 4 && filter[3] == input[3],
      "a convolution of \(input.text) (NHWC) with \(filter.text) (OHWI)")
    window = Window(
      input: input, kernel: (filter[1], filter[2]), stride: stride, padding: padding, mode: mode)
    outputChannels = filter[0]
    let applies =
      Self.usesWinograd && filter[1] == 3 && filter[2] == 3 && stride == 1 && padding == 1
    self.winograd =
      applies ? WinogradConvolution(input: input, outputs: filter[0], mode: mode) : nil
    direct = winograd == nil ? DirectConvolution(window: window, outputs: filter[0]) : nil
  }

  package var outputShape: Shape {
    [window.images, window.outHeight, window.outWidth, outputChannels]
  }

  /// Output rows whose gathered windows fill about half a mebibyte: part of a second-level cache.
  private var blockRows: Int {
    let wanted = (1 << 17) / max(1, window.columns)
    return min(1024, max(32, wanted / 16 * 16))
  }

  /// The convolution of `x`, with `epilogue` applied to each block of the output.
  package func forward(_ x: Tensor, _ filter: Tensor, epilogue: Epilogue = .none) -> Tensor {
    if let winograd { return winograd.forward(x, filter, epilogue) }
    if let direct { return direct.forward(x, filter, epilogue) }
    let block = blockRows
    let blocks = (window.rows + block - 1) / block
    return .make(outputShape) { out in
      withData(x, filter) { x, filter in
        window.withKernelWindow { kernelWindow in
          epilogue.withKernelEpilogue(blocks: blocks, channels: outputChannels) { epilogueOf in
            parallelRanges(window.rows, block: block) { rows in
              let target = out + rows.lowerBound * outputChannels
              withColumns(kernelWindow, x, rows) { columns in
                gemm(
                  rows.count, outputChannels, window.columns, columns, lda: window.columns,
                  filter, ldb: window.columns, transposeB: true, target, ldc: outputChannels)
              }
              epilogueOf(rows.lowerBound / block).finish(
                pixels: rows, channels: outputChannels, target)
            }
          }
        }
      }
    }
  }

  /// The gradients to the input and to the filter, given the gradient of the output; what is not asked for
  /// is nil.
  package func backward(
    _ dy: OutputGradient, _ x: Tensor, _ filter: Tensor, input: Bool, filter wantsFilter: Bool
  ) -> (input: Tensor?, filter: Tensor?) {
    guard input || wantsFilter else { return (nil, nil) }
    if let winograd { return winograd.backward(dy, x, filter, input: input, filter: wantsFilter) }
    if let direct, !input || direct.givesInputGradient {
      return direct.backward(dy, x, filter, input: input, filter: wantsFilter)
    }
    return gatheredBackward(
      dy.whole(outputShape), x, filter, input: input, filter: wantsFilter)
  }

  private func gatheredBackward(
    _ dy: Tensor, _ x: Tensor, _ filter: Tensor, input: Bool, filter wantsFilter: Bool
  ) -> (input: Tensor?, filter: Tensor?) {
    let chunks = imageChunks(images: window.images, most: 16)
    let weights = outputChannels * window.columns
    let inputShape: Shape = [window.images, window.height, window.width, window.channels]
    var dx: Tensor? = input ? Tensor.make(inputShape) { _ in } : nil
    var partial: Tensor? =
      wantsFilter ? Tensor.make([chunks.count, weights]) { _ in } : nil
    withOptionalMutableData(&dx) { dx in
      withOptionalMutableData(&partial) { partial in
        withData(dy, x, filter) { dy, x, filter in
          window.withKernelWindow { kernelWindow in
            parallelFor(chunks.count) { chunk in
              backward(
                images: chunks[chunk], kernelWindow, dy, x, filter, dx,
                partial.map { $0 + chunk * weights })
            }
          }
        }
      }
    }
    let filterGradient = partial.map { sumOfRows($0, rows: chunks.count, filter.shape) }
    return (dx, filterGradient)
  }

  private func backward(
    images: Range<Int>, _ kernelWindow: UnsafePointer<pk_window>, _ dy: UnsafePointer<Float>,
    _ x: UnsafePointer<Float>, _ filter: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>?,
    _ dw: UnsafeMutablePointer<Float>?
  ) {
    let k = window.columns
    let o = outputChannels
    if let dx {
      let pixels = window.height * window.width * window.channels
      (dx + images.lowerBound * pixels).update(repeating: 0, count: images.count * pixels)
    }
    dw?.update(repeating: 0, count: o * k)
    let all = images.lowerBound * window.positions..<images.upperBound * window.positions
    for first in stride(from: all.lowerBound, to: all.upperBound, by: blockRows) {
      let rows = first..<min(all.upperBound, first + blockRows)
      let g = dy + first * o
      if let dw {
        withColumns(kernelWindow, x, rows) { columns in
          gemm(
            o, k, rows.count, g, lda: o, transposeA: true, columns, ldb: k, beta: 1, dw, ldc: k)
        }
      }
      if let dx {
        if window.isIdentity {
          gemm(rows.count, k, o, g, lda: o, filter, ldb: k, dx + first * k, ldc: k)
        } else {
          withScratch(rows.count * k) { columns in
            gemm(rows.count, k, o, g, lda: o, filter, ldb: k, columns, ldc: k)
            pk_col2im(kernelWindow, columns, first, rows.count, dx)
          }
        }
      }
    }
  }

  private func withColumns(
    _ kernelWindow: UnsafePointer<pk_window>, _ x: UnsafePointer<Float>, _ rows: Range<Int>,
    _ body: (UnsafePointer<Float>) -> Void
  ) {
    if window.isIdentity { return body(x + rows.lowerBound * window.columns) }
    withScratch(rows.count * window.columns) { columns in
      pk_im2col(kernelWindow, x, rows.lowerBound, rows.count, columns)
      body(columns)
    }
  }
}

/// The sum over the first `rows` rows of `partial`, in their order, under another shape.
func sumOfRows(_ partial: Tensor, rows: Int, _ shape: Shape) -> Tensor {
  let count = shape.elements
  return .make(shape) { out in
    partial.withData { partial in
      parallelRanges(count, block: elementwiseBlock) { range in
        let target = out + range.lowerBound
        target.update(from: partial + range.lowerBound, count: range.count)
        for row in 1..<rows {
          pk_axpy(range.count, 1, partial + row * count + range.lowerBound, target)
        }
      }
    }
  }
}

/// Calls `body` with the address of the elements for writing, or with nil where there is no tensor.
func withOptionalMutableData<R>(
  _ tensor: inout Tensor?, _ body: (UnsafeMutablePointer<Float>?) -> R
) -> R {
  guard var held = tensor else { return body(nil) }
  tensor = nil
  defer { tensor = held }
  return held.withMutableData { body($0) }
}
