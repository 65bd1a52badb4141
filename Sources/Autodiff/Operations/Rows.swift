import CKernels
import TensorCore

extension Tape {
  /// The same elements under another shape of the same size.
  package func reshape(_ x: Variable, _ shape: Shape) -> Variable {
    record(x.value.reshaped(shape), from: [x]) { gradient in
      x.accumulate(gradient.reshaped(x.shape))
    }
  }

  /// Values of equal trailing extents one after another along the outermost axis.
  package func concatRows(_ parts: [Variable]) -> Variable {
    guard let first = parts.first else { preconditionFailure("concatRows of nothing") }
    precondition(first.shape.rank > 0, "concatRows of a scalar")
    var shape = first.shape
    shape[0] = 0
    var starts: [Int] = []
    for part in parts {
      starts.append(shape[0])
      var expected = first.shape
      precondition(part.shape.rank > 0, "concatRows of \(first.shape.text) and a scalar")
      expected[0] = part.shape[0]
      precondition(
        part.shape == expected, "concatRows of \(first.shape.text) and \(part.shape.text)")
      shape[0] += part.shape[0]
    }
    let value = Tensor.make(shape) { out in
      var position = 0
      for part in parts {
        part.value.withData { (out + position).update(from: $0, count: part.value.count) }
        position += part.value.count
      }
    }
    return record(value, from: parts) { gradient in
      for (part, start) in zip(parts, starts) {
        part.accumulate(gradient.slice(start..<start + part.shape[0]))
      }
    }
  }

  /// Rows `range` of the outermost axis.
  package func sliceRows(_ x: Variable, _ range: Range<Int>) -> Variable {
    record(x.value.slice(range), from: [x]) { gradient in
      let row = x.value.count / max(1, x.shape[0])
      x.accumulate(
        .make(x.shape) { out in
          out.update(repeating: 0, count: range.lowerBound * row)
          gradient.withData {
            (out + range.lowerBound * row).update(from: $0, count: gradient.count)
          }
          (out + range.upperBound * row).update(
            repeating: 0, count: (x.shape[0] - range.upperBound) * row)
        })
    }
  }

  /// Rows of the outermost axis by index, in the order asked for; an index may come more than once.
  package func gatherRows(_ x: Variable, _ indices: [Int]) -> Variable {
    precondition(x.shape.rank > 0, "gatherRows of a scalar")
    let sourceRows = x.shape[0]
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < sourceRows },
      "gatherRows of \(x.shape.text) with an index out of range")
    let width = x.value.count / max(1, sourceRows)
    var shape = x.shape
    shape[0] = indices.count
    let value = x.value.withData { source in
      makeRows(shape, rows: indices.count, width: width) { row, out in
        out.update(from: source + indices[row] * width, count: width)
      }
    }
    return record(value, from: [x]) { gradient in
      // By source row, so that blocks do not write to each other's rows and the order of adding is fixed.
      var uses = [[Int]](repeating: [], count: sourceRows)
      for (position, index) in indices.enumerated() { uses[index].append(position) }
      x.accumulate(
        gradient.withData { gradient in
          makeRows(x.shape, rows: sourceRows, width: width) { row, out in
            out.update(repeating: 0, count: width)
            for position in uses[row] { pk_axpy(width, 1, gradient + position * width, out) }
          }
        })
    }
  }

  /// The mean of each `size` consecutive rows: [G·size, D] -> [G, D].
  package func meanGroups(_ x: Variable, size: Int) -> Variable {
    precondition(
      x.shape.rank == 2 && size > 0 && x.shape[0] % size == 0,
      "meanGroups of \(x.shape.text) by \(size)")
    return groupMean(x, groups: x.shape[0] / size, size: size, width: x.shape[1])
  }

  /// The mean over rows and columns of a map, NHWC -> [N, C].
  package func spatialMean(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 4 && x.value.count > 0, "spatialMean of \(x.shape.text)")
    return groupMean(
      x, groups: x.shape[0], size: x.shape[1] * x.shape[2], width: x.shape[3])
  }

  /// The mean over the rows of a map alone, NHWC -> [N, W·C].
  package func rowMean(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 4 && x.value.count > 0, "rowMean of \(x.shape.text)")
    return groupMean(
      x, groups: x.shape[0], size: x.shape[1], width: x.shape[2] * x.shape[3])
  }

  private func groupMean(_ x: Variable, groups: Int, size: Int, width: Int) -> Variable {
    let factor = 1 / Float(size)
    let value = x.value.withData { source in
      Tensor.make([groups, width]) { out in
        parallelRanges(groups, block: rowBlock(size * width)) { range in
          for group in range {
            let target = out + group * width
            target.update(repeating: 0, count: width)
            for row in group * size..<(group + 1) * size {
              pk_axpy(width, 1, source + row * width, target)
            }
            pk_scale(width, factor, target)
          }
        }
      }
    }
    return record(value, from: [x]) { gradient in
      var scaled = gradient
      scaled.scale(factor)
      x.accumulate(
        scaled.withData { scaled in
          makeRows(x.shape, rows: groups * size, width: width) { row, out in
            out.update(from: scaled + row / size * width, count: width)
          }
        })
    }
  }
}
