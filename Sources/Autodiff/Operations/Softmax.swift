import CKernels
import TensorCore

extension Tape {
  /// softmax(x / temperature) over the last axis.
  ///
  /// - Parameter dropped: one entry an element of x; entries that are true take no part and become 0. A
  ///   row whose every entry is dropped is uniform and passes no gradient on.
  package func softmaxRows(
    _ x: Variable, temperature: Float = 1, dropped: [Bool]? = nil
  ) -> Variable {
    let (rows, width) = rowsAndWidth(x.shape, "softmaxRows")
    let factor = inverse(of: temperature, "softmaxRows")
    let shape = x.shape
    requireMask(dropped, shape, "softmaxRows")
    let value = x.value.withData { source in
      withMask(dropped) { dropped in
        makeRows(shape, rows: rows, width: width) { row, out in
          let start = row * width
          _ = pk_softmax_row(width, factor, source + start, dropped.map { $0 + start }, out)
        }
      }
    }
    return record(value, from: [x]) { gradient in
      x.accumulate(
        withData(value, gradient) { y, g in
          withMask(dropped) { dropped in
            makeRows(shape, rows: rows, width: width) { row, out in
              let start = row * width
              pk_softmax_backward_row(
                width, factor, y + start, g + start, dropped.map { $0 + start }, out)
            }
          }
        })
    }
  }

  /// log(softmax(x / temperature)) over the last axis.
  package func logSoftmaxRows(_ x: Variable, temperature: Float = 1) -> Variable {
    let (rows, width) = rowsAndWidth(x.shape, "logSoftmaxRows")
    let factor = inverse(of: temperature, "logSoftmaxRows")
    let shape = x.shape
    var logSums = [Double](repeating: 0, count: rows)
    let probabilities = x.value.withData { source in
      logSums.withUnsafeMutableBufferPointer { logSums in
        makeRows(shape, rows: rows, width: width) { row, out in
          logSums[row] = pk_softmax_row(width, factor, source + row * width, nil, out)
        }
      }
    }
    let value = x.value.withData { source in
      makeRows(shape, rows: rows, width: width) { row, out in
        let offset = Float(logSums[row])
        for column in 0..<width { out[column] = source[row * width + column] * factor - offset }
      }
    }
    return record(value, from: [x]) { gradient in
      x.accumulate(
        withData(probabilities, gradient) { p, g in
          makeRows(shape, rows: rows, width: width) { row, out in
            let (p, g) = (p + row * width, g + row * width)
            out.update(from: g, count: width)
            pk_axpy(width, -Float(pk_sum(width, g)), p, out)
            pk_scale(width, factor, out)
          }
        })
    }
  }
}

/// 1 / temperature, which must be positive.
func inverse(of temperature: Float, _ operation: String) -> Float {
  precondition(temperature > 0, "\(operation) at a temperature of \(temperature)")
  return 1 / temperature
}

func requireMask(_ mask: [Bool]?, _ shape: Shape, _ operation: String) {
  if let mask {
    precondition(
      mask.count == shape.elements, "\(operation) of \(shape.text) with \(mask.count) mask entries")
  }
}

/// Calls `body` with the mask's address, nil without a mask.
func withMask<R>(_ mask: [Bool]?, _ body: (UnsafePointer<Bool>?) -> R) -> R {
  guard let mask else { return body(nil) }
  return mask.withUnsafeBufferPointer { body($0.baseAddress) }
}
