import CKernels
import TensorCore

extension Tape {
  /// The largest value of each `size` × `size` window of `x` [N, H, W, C]; padding never wins.
  package func maxPool(_ x: Variable, size: Int, stride: Int, padding: Int) -> Variable {
    precondition(size * size <= 256, "maxPool over windows of \(size)×\(size)")
    precondition(padding < size, "maxPool of \(size)×\(size) windows with padding \(padding)")
    let window = Window(
      input: x.shape, kernel: (size, size), stride: stride, padding: padding, mode: .zeros)
    let channels = window.channels
    let outputs = window.rows * channels
    // Which tap won, a byte each: four to a float of the pool's memory.
    var winners = Tensor.make([(outputs + 3) / 4]) { _ in }
    let shape: Shape = [window.images, window.outHeight, window.outWidth, channels]
    let value = Tensor.make(shape) { out in
      winners.withMutableData { winners in
        let winners = UnsafeMutableRawPointer(winners).assumingMemoryBound(to: UInt8.self)
        x.value.withData { x in
          window.withKernelWindow { kernelWindow in
            parallelRanges(window.rows, block: rowBlock(channels)) { rows in
              let at = rows.lowerBound * channels
              pk_maxpool(kernelWindow, x, rows.lowerBound, rows.count, out + at, winners + at)
            }
          }
        }
      }
    }
    let kept = winners
    return record(value, from: [x]) { gradient in
      x.accumulate(window.maxPoolGradient(gradient, kept))
    }
  }
}

extension Window {
  fileprivate func maxPoolGradient(_ gradient: Tensor, _ winners: Tensor) -> Tensor {
    let pixels = height * width * channels
    return .make([images, height, width, channels]) { dx in
      withData(gradient, winners) { gradient, winners in
        let winners = UnsafeRawPointer(winners).assumingMemoryBound(to: UInt8.self)
        withKernelWindow { kernelWindow in
          parallelFor(images) { image in
            (dx + image * pixels).update(repeating: 0, count: pixels)
            let first = image * positions
            pk_maxpool_backward(
              kernelWindow, gradient + first * channels, winners + first * channels, first,
              positions, dx)
          }
        }
      }
    }
  }
}
