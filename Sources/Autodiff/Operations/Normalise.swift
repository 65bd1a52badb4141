import CKernels
import TensorCore

extension Tape {
  /// Each row of the last axis divided by its Euclidean length, or by `epsilon` where it is shorter
  /// (`torch.nn.functional.normalize`).
  package func l2Normalise(_ x: Variable, epsilon: Float = 1e-12) -> Variable {
    let (rows, width) = rowsAndWidth(x.shape, "l2Normalise")
    let inverse = x.value.withData { source in
      makeRows([rows], rows: rows, width: 1) { row, out in
        let length = pk_sum_squares(width, source + row * width).squareRoot()
        out[0] = Float(1 / max(length, Double(epsilon)))
      }
    }
    let shape = x.shape
    let value = withData(x.value, inverse) { source, inverse in
      makeRows(shape, rows: rows, width: width) { row, out in
        out.update(repeating: 0, count: width)
        pk_axpy(width, inverse[row], source + row * width, out)
      }
    }
    let cap = 1 / epsilon
    return record(value, from: [x]) { gradient in
      x.accumulate(
        withData(value, inverse, gradient) { y, inverse, g in
          makeRows(shape, rows: rows, width: width) { row, out in
            let (y, g) = (y + row * width, g + row * width)
            out.update(from: g, count: width)
            // Below epsilon the divisor is a constant.
            if inverse[row] < cap { pk_axpy(width, -Float(pk_dot(width, y, g)), y, out) }
            pk_scale(width, inverse[row], out)
          }
        })
    }
  }
}
