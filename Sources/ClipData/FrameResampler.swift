import CKernels

/// A rectangle of a frame in pixels; its borders may lie between pixels.
package struct Box: Sendable, Hashable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The part of this box at the given fractions of its sides.
  package func part(x: Double, y: Double, width: Double, height: Double) -> Box {
    Box(
      x: self.x + x * self.width, y: self.y + y * self.height, width: width * self.width,
      height: height * self.height)
  }
}

/// A linear map of colours: out[c] = bias[c] + Σ matrix[3 c + d] × in[d], with in from 0 to 255.
package struct ColourMap: Sendable, Hashable {
  package var matrix: [Float]
  package var bias: [Float]

  /// The mean and the standard deviation of ImageNet's colours, 0...1, which torchvision's models expect.
  package static let mean: [Float] = [0.485, 0.456, 0.406]
  package static let deviation: [Float] = [0.229, 0.224, 0.225]

  package init(matrix: [Float], bias: [Float]) {
    precondition(matrix.count == 9 && bias.count == 3, "a colour map is 3×3 and 3")
    self.matrix = matrix
    self.bias = bias
  }

  /// From bytes to numbers of the same values.
  package static let plain = ColourMap(matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], bias: [0, 0, 0])

  /// From bytes to colours normalised by ImageNet's mean and deviation.
  package static let normalising = ColourMap(
    matrix: [
      1 / (255 * deviation[0]), 0, 0, 0, 1 / (255 * deviation[1]), 0, 0, 0,
      1 / (255 * deviation[2]),
    ],
    bias: [-mean[0] / deviation[0], -mean[1] / deviation[1], -mean[2] / deviation[2]])
}

/// Cuts a box out of an 8-bit RGB frame, resamples it with an antialiased triangle and maps its colours.
package enum FrameResampler {
  /// Writes `size` × `size` × 3 floats to `out`.
  package static func resample(
    _ frame: UnsafePointer<UInt8>, width: Int, height: Int, box: Box, mirrored: Bool = false,
    size: Int, colours: ColourMap = .normalising, _ out: UnsafeMutablePointer<Float>
  ) {
    resample(
      frame, width: width, height: height, box: box, mirrored: mirrored, columns: size, rows: size,
      colours: colours, out)
  }

  /// Writes `rows` × `columns` × 3 floats to `out`.
  package static func resample(
    _ frame: UnsafePointer<UInt8>, width: Int, height: Int, box: Box, mirrored: Bool = false,
    columns: Int, rows: Int, colours: ColourMap = .normalising, _ out: UnsafeMutablePointer<Float>
  ) {
    let across = AxisFilter(
      input: width, origin: box.x, length: box.width, count: columns, mirrored: mirrored)
    let down = AxisFilter(input: height, origin: box.y, length: box.height, count: rows)
    let first = across.span.lowerBound
    let values = across.span.count * 3
    let starts = across.starts.map { $0 - Int32(first) }
    let map = colours.matrix + colours.bias
    withUnsafeTemporaryAllocation(of: Float.self, capacity: values) { scratch in
      guard let row = scratch.baseAddress else { return }
      down.weights.withUnsafeBufferPointer { weights in
        for line in 0..<rows {
          guard let weights = weights.baseAddress else { return }
          let source = frame + (Int(down.starts[line]) * width + first) * 3
          pk_blend_rows(
            values, down.taps, source, width * 3, weights + line * down.taps, row)
          pk_resample_row(
            columns, across.taps, starts, across.weights, row, map, out + line * columns * 3)
        }
      }
    }
  }
}
