import CKernels
import TensorCore

/// Two images under 3×3 windows, the last rows and columns of which lie outside; `size` is the channels.
private struct ImageArguments {
  let window: Window
  let stride: Int
  let images: [Float]

  init(_ channels: Int, stride: Int, _ draw: inout Draw) {
    self.stride = stride
    window = Window(
      input: [2, 5, 4, channels], kernel: (3, 3), stride: stride, padding: 1, mode: .zeros)
    images = draw.floats(2 * 5 * 4 * channels)
  }

  /// Calls `body` with (output position, tap, input pixel) where the pixel is inside the image.
  func each(_ body: (Int, Int, Int) -> Void) {
    for row in 0..<window.rows {
      let (x, y) = (row % window.outWidth, row / window.outWidth % window.outHeight)
      for tap in 0..<9 {
        let (iy, ix) = (y * stride - 1 + tap / 3, x * stride - 1 + tap % 3)
        guard iy >= 0, iy < 5, ix >= 0, ix < 4 else { continue }
        body(row, tap, (row / window.positions * 5 + iy) * 4 + ix)
      }
    }
  }
}

extension KernelCase {
  static let windows: [KernelCase] = [
    KernelCase(name: "im2col", tolerance: 0) { table, c, draw in
      let at = ImageArguments(c, stride: 2, &draw)
      var out = [Float](repeating: 9, count: at.window.rows * 9 * c)
      var wanted = [Double](repeating: 0, count: out.count)
      at.window.withKernelWindow { table.im2col($0, at.images, 0, at.window.rows, &out) }
      at.each { row, tap, pixel in
        for i in 0..<c { wanted[(row * 9 + tap) * c + i] = Double(at.images[pixel * c + i]) }
      }
      return (doubles(out), wanted)
    },
    KernelCase(name: "col2im") { table, c, draw in
      let at = ImageArguments(c, stride: 1, &draw)
      let columns = draw.floats(at.window.rows * 9 * c)
      var out = at.images
      var wanted = doubles(out)
      at.window.withKernelWindow { table.col2im($0, columns, 0, at.window.rows, &out) }
      at.each { row, tap, pixel in
        for i in 0..<c { wanted[pixel * c + i] += Double(columns[(row * 9 + tap) * c + i]) }
      }
      return (doubles(out), wanted)
    },
    KernelCase(name: "maxpool", tolerance: 0) { table, c, draw in
      let at = ImageArguments(c, stride: 2, &draw)
      var out = [Float](repeating: 9, count: at.window.rows * c)
      var winners = [UInt8](repeating: 99, count: out.count)
      var wanted = [Double](repeating: -.infinity, count: out.count)
      var taps = [Double](repeating: 0, count: out.count)
      at.window.withKernelWindow {
        table.maxpool($0, at.images, 0, at.window.rows, &out, &winners)
      }
      at.each { row, tap, pixel in
        for i in 0..<c where Double(at.images[pixel * c + i]) > wanted[row * c + i] {
          wanted[row * c + i] = Double(at.images[pixel * c + i])
          taps[row * c + i] = Double(tap)
        }
      }
      return (doubles(out) + winners.map(Double.init), wanted + taps)
    },
    KernelCase(name: "maxpool_backward") { table, c, draw in
      let at = ImageArguments(c, stride: 2, &draw)
      let dy = draw.floats(at.window.rows * c)
      let winners = draw.integers(dy.count, below: 9).map { UInt8($0) }
      var dx = at.images
      var wanted = doubles(dx)
      at.window.withKernelWindow {
        table.maxpool_backward($0, dy, winners, 0, at.window.rows, &dx)
      }
      at.each { row, tap, pixel in
        for i in 0..<c where Int(winners[row * c + i]) == tap {
          wanted[pixel * c + i] += Double(dy[row * c + i])
        }
      }
      return (doubles(dx), wanted)
    },
    KernelCase(name: "affine_maxpool") { table, size, draw in
      let c = size > 16 ? 48 : 16
      let at = ImageArguments(c, stride: 2, &draw)
      let (factor, offset) = (draw.floats(c), draw.floats(c))
      let count = at.window.rows * c
      var (out, raw) = ([Float](repeating: 9, count: count), [Float](repeating: 9, count: count))
      var winners = [UInt8](repeating: 99, count: count)
      at.window.withKernelWindow {
        table.affine_maxpool(
          $0, at.images, factor, offset, 0, at.window.rows, &out, &raw, &winners)
      }
      var (best, held) = (
        [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
      )
      var taps = [Double](repeating: 255, count: count)
      at.each { row, tap, pixel in
        for i in 0..<c {
          let x = Double(at.images[pixel * c + i])
          let value = x * Double(factor[i]) + Double(offset[i])
          guard value > best[row * c + i] else { continue }
          (best[row * c + i], held[row * c + i], taps[row * c + i]) = (value, x, Double(tap))
        }
      }
      return (
        doubles(out) + doubles(raw) + winners.map { Double($0) / 100 },
        best + held + taps.map { $0 / 100 }
      )
    },
    KernelCase(name: "affine_maxpool_backward") { table, size, draw in
      let c = size > 16 ? 48 : 16
      let at = ImageArguments(c, stride: 2, &draw)
      let dout = draw.floats(at.window.rows * c)
      let winners = draw.integers(dout.count, below: 10).map { $0 == 9 ? 255 : UInt8($0) }
      let (factor, slope, intercept) = (draw.floats(c), draw.floats(c), draw.floats(c))
      // All but the first row of the second image.
      let (image, first, rows) = (5 * 4 * c, 1, 4)
      let pooled = at.window.positions * c
      var dx = [Float](repeating: 9, count: rows * 4 * c)
      at.window.withKernelWindow {
        table.affine_maxpool_backward(
          $0, Array(dout[pooled...]), Array(winners[pooled...]), Array(at.images[image...]), factor,
          slope, intercept, first, rows, &dx)
      }
      var wanted = at.images.indices.map {
        Double(slope[$0 % c]) * Double(at.images[$0]) + Double(intercept[$0 % c])
      }
      at.each { row, tap, pixel in
        for i in 0..<c where Int(winners[row * c + i]) == tap {
          wanted[pixel * c + i] += Double(dout[row * c + i]) * Double(factor[i])
        }
      }
      return (doubles(dx), Array(wanted[(image + first * 4 * c)...]))
    },
  ]
}
