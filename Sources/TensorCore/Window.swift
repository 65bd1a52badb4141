import CKernels

/// What a convolution reads beyond the border of an image.
package enum PaddingMode: String, Sendable, Codable, CaseIterable {
  case zeros
  /// The image mirrored about its border pixels, as PyTorch's `reflect`.
  case reflect
}

/// A sliding window over images: sizes, stride, padding, and the tables that kernels read.
package struct Window: Sendable {
  /// Images, rows and columns of the input, channels of the input.
  package let images, height, width, channels: Int
  package let outHeight, outWidth: Int
  package let kernelHeight, kernelWidth: Int
  package let stride, padding: Int
  /// The input row (column) that each row (column) of the padded image repeats; -1 for zeros.
  let paddedRows, paddedColumns: [Int32]
  /// Input row (column) of each tap of each output row (column); -1 reads zero.
  private let yMap, xMap: [Int32]
  private let xInside: [UInt8]

  /// The window of a `kernel` over images of shape [N, H, W, C].
  package init(
    input: Shape, kernel: (height: Int, width: Int), stride: Int, padding: Int, mode: PaddingMode
  ) {
    precondition(input.rank == 4, "a window over \(input.text), which is not NHWC")
    images = input[0]
    height = input[1]
    width = input[2]
    channels = input[3]
    self.stride = stride
    self.padding = padding
    kernelHeight = kernel.height
    kernelWidth = kernel.width
    outHeight = (height + 2 * padding - kernel.height) / stride + 1
    outWidth = (width + 2 * padding - kernel.width) / stride + 1
    precondition(
      height + 2 * padding >= kernel.height && width + 2 * padding >= kernel.width,
      "a \(kernel.height)×\(kernel.width) window with padding \(padding) over \(input.text)")
    precondition(
      mode == .zeros || (padding < height && padding < width),
      "reflect padding of \(padding) needs more than \(padding) pixels a side, not \(input.text)")
    paddedRows = Self.padded(height, padding, mode)
    paddedColumns = Self.padded(width, padding, mode)
    yMap = Self.map(outHeight, kernel.height, paddedRows, stride)
    xMap = Self.map(outWidth, kernel.width, paddedColumns, stride)
    let taps = xMap
    let span = kernel.width
    xInside = (0..<outWidth).map { column in
      let first = taps[column * span]
      let inside = (0..<span).allSatisfy { taps[column * span + $0] == first + Int32($0) }
      return first >= 0 && inside ? 1 : 0
    }
  }

  private static func padded(_ extent: Int, _ padding: Int, _ mode: PaddingMode) -> [Int32] {
    (-padding..<extent + padding).map { at in
      if at >= 0 && at < extent { return Int32(at) }
      return switch mode {
      case .zeros: -1
      case .reflect: Int32(at < 0 ? -at : 2 * (extent - 1) - at)
      }
    }
  }

  private static func map(
    _ outputs: Int, _ kernel: Int, _ padded: [Int32], _ stride: Int
  ) -> [Int32] {
    (0..<outputs).flatMap { output in padded[output * stride..<output * stride + kernel] }
  }

  /// Output positions of one image.
  package var positions: Int { outHeight * outWidth }
  /// Output positions of all images.
  package var rows: Int { images * positions }
  /// Elements of one window.
  package var columns: Int { kernelHeight * kernelWidth * channels }
  /// Whether a window is one pixel and every pixel has one: the windows are the image itself.
  package var isIdentity: Bool {
    kernelHeight == 1 && kernelWidth == 1 && outHeight == height && outWidth == width
  }

  /// Calls `body` with the window as kernels take it.
  package func withKernelWindow<R>(_ body: (UnsafePointer<pk_window>) -> R) -> R {
    yMap.withUnsafeBufferPointer { yMap in
      xMap.withUnsafeBufferPointer { xMap in
        xInside.withUnsafeBufferPointer { xInside in
          var window = pk_window(
            height: height, width: width, channels: channels, out_height: outHeight,
            out_width: outWidth, kernel_height: kernelHeight, kernel_width: kernelWidth,
            y_map: yMap.baseAddress, x_map: xMap.baseAddress, x_inside: xInside.baseAddress)
          return body(&window)
        }
      }
    }
  }
}
