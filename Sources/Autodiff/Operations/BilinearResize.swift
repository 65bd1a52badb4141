import CKernels
import TensorCore

extension Tape {
  /// Images [N, H, W, C] resized to height × width by bilinear interpolation between pixel centres, without
  /// antialiasing (`torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`).
  package func bilinearResize(_ x: Variable, height: Int, width: Int) -> Variable {
    precondition(
      x.shape.rank == 4 && x.shape[1] > 0 && x.shape[2] > 0 && height > 0 && width > 0,
      "bilinearResize of \(x.shape.text) to \(height)×\(width)")
    if x.shape[1] == height && x.shape[2] == width { return x }
    let (images, channels) = (x.shape[0], x.shape[3])
    let vertical = Interpolation(from: x.shape[1], to: height)
    let horizontal = Interpolation(from: x.shape[2], to: width)
    let inputRow = x.shape[2] * channels
    let outputRow = width * channels
    let value = x.value.withData { source in
      makeRows([images, height, width, channels], rows: images * height, width: outputRow) {
        row, out in
        let image = source + row / height * x.shape[1] * inputRow
        let y = row % height
        pk_bilinear_row(
          width, channels, horizontal.lower, horizontal.upper, horizontal.shares,
          image + Int(vertical.lower[y]) * inputRow, image + Int(vertical.upper[y]) * inputRow,
          vertical.shares[y], out)
      }
    }
    return record(value, from: [x]) { gradient in
      x.accumulate(
        gradient.withData { gradient in
          makeRows(x.shape, rows: images, width: x.shape[1] * inputRow) { index, image in
            image.update(repeating: 0, count: x.shape[1] * inputRow)
            for y in 0..<height {
              pk_bilinear_row_backward(
                width, channels, horizontal.lower, horizontal.upper, horizontal.shares,
                gradient + (index * height + y) * outputRow, vertical.shares[y],
                image + Int(vertical.lower[y]) * inputRow,
                image + Int(vertical.upper[y]) * inputRow)
            }
          }
        })
    }
  }
}

/// For every output position along one axis, the two input positions around it and the share of the upper.
private struct Interpolation {
  var lower: [Int32] = []
  var upper: [Int32] = []
  var shares: [Float] = []

  init(from input: Int, to output: Int) {
    let ratio = Double(input) / Double(output)
    for position in 0..<output {
      let centre = max(0, (Double(position) + 0.5) * ratio - 0.5)
      let below = min(Int(centre), input - 1)
      lower.append(Int32(below))
      upper.append(Int32(min(below + 1, input - 1)))
      shares.append(Float(centre - Double(below)))
    }
  }
}
