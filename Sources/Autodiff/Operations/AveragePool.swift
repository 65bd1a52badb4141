import CKernels
import TensorCore

extension Tape {
  /// The mean of each `size` × `size` window of `x` [N, H, W, C] at the given stride, without padding; a rest
  /// that does not fill a window is left out.
  package func averagePool(_ x: Variable, size: Int, stride: Int) -> Variable {
    precondition(
      x.shape.rank == 4 && size > 0 && stride > 0 && x.shape[1] >= size && x.shape[2] >= size,
      "averagePool of \(x.shape.text) over \(size)×\(size) windows at stride \(stride)")
    let (images, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let outHeight = (height - size) / stride + 1
    let outWidth = (width - size) / stride + 1
    let share = 1 / Float(size * size)
    let value = x.value.withData { source in
      makeRows(
        [images, outHeight, outWidth, channels], rows: images * outHeight,
        width: outWidth * channels
      ) { row, out in
        out.update(repeating: 0, count: outWidth * channels)
        let top = row / outHeight * height + row % outHeight * stride
        for column in 0..<outWidth {
          for y in 0..<size {
            for tap in 0..<size {
              let pixel = (top + y) * width + column * stride + tap
              pk_axpy(channels, share, source + pixel * channels, out + column * channels)
            }
          }
        }
      }
    }
    return record(value, from: [x]) { gradient in
      let pixels = height * width * channels
      x.accumulate(
        gradient.withData { gradient in
          makeRows(x.shape, rows: images, width: pixels) { image, out in
            out.update(repeating: 0, count: pixels)
            for position in 0..<outHeight * outWidth {
              let g = gradient + (image * outHeight * outWidth + position) * channels
              for tap in 0..<size * size {
                let row = position / outWidth * stride + tap / size
                let column = position % outWidth * stride + tap % size
                pk_axpy(channels, share, g, out + (row * width + column) * channels)
              }
            }
          }
        })
    }
  }
}
