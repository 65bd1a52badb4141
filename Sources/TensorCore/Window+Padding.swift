import CKernels

extension Window {
  /// Writes one line of the padded image: input row `row` of an image with its sides padded, or zeros where it
  /// is negative.
  func pad(
    _ image: UnsafePointer<Float>, row: Int32, into line: UnsafeMutablePointer<Float>
  ) {
    let floats = paddedColumns.count * channels
    guard row >= 0 else { return line.update(repeating: 0, count: floats) }
    let source = image + Int(row) * width * channels
    (line + padding * channels).update(from: source, count: width * channels)
    eachSidePixel { place, column in
      let target = line + place * channels
      if column < 0 {
        target.update(repeating: 0, count: channels)
      } else {
        target.update(from: source + column * channels, count: channels)
      }
    }
  }

  /// The transpose of padding: an image whose every pixel is the sum of the pixels of `padded` that repeat it.
  func fold(_ padded: UnsafePointer<Float>, into image: UnsafeMutablePointer<Float>) {
    let row = width * channels
    image.update(repeating: 0, count: height * row)
    for (index, source) in paddedRows.enumerated() where source >= 0 {
      let line = padded + index * paddedColumns.count * channels
      let target = image + Int(source) * row
      pk_axpy(row, 1, line + padding * channels, target)
      eachSidePixel { place, column in
        if column >= 0 {
          pk_axpy(channels, 1, line + place * channels, target + column * channels)
        }
      }
    }
  }

  /// The padding of a line: its place in the line and the input column that it repeats, or a negative one.
  private func eachSidePixel(_ body: (_ place: Int, _ column: Int) -> Void) {
    for side in 0..<padding {
      body(side, Int(paddedColumns[side]))
      let right = padding + width + side
      body(right, Int(paddedColumns[right]))
    }
  }
}
