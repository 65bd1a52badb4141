import CKernels

/// Elements a block of an elementwise pass: 64 KiB of floats.
package let elementwiseBlock = 1 << 14

extension Tensor {
  /// self += other, of the same shape.
  package mutating func add(_ other: Tensor) { addScaled(other, 1) }

  /// self += factor × other, of the same shape.
  package mutating func addScaled(_ other: Tensor, _ factor: Float) {
    precondition(shape == other.shape, "add \(other.shape.text) to \(shape.text)")
    let count = count
    withMutableData { target in
      other.withData { source in
        parallelRanges(count, block: elementwiseBlock) { range in
          pk_axpy(
            range.count, factor, source + range.lowerBound, target + range.lowerBound)
        }
      }
    }
  }

  /// self *= factor.
  package mutating func scale(_ factor: Float) {
    let count = count
    withMutableData { target in
      parallelRanges(count, block: elementwiseBlock) { range in
        pk_scale(range.count, factor, target + range.lowerBound)
      }
    }
  }

  /// The sum of the elements in double precision, block sums added in order.
  package var sum: Double { blockwise { pk_sum($0, $1) } }

  /// The sum of the squares of the elements in double precision, block sums added in order.
  package var sumOfSquares: Double { blockwise { pk_sum_squares($0, $1) } }

  /// Whether no element is infinite or not a number.
  package var isFinite: Bool { sumOfSquares.isFinite || allFinite }

  /// The slow path: the squares may overflow where the elements do not.
  private var allFinite: Bool { array.allSatisfy(\.isFinite) }

  private func blockwise(_ partial: (Int, UnsafePointer<Float>) -> Double) -> Double {
    let count = count
    let blocks = (count + elementwiseBlock - 1) / elementwiseBlock
    var sums = [Double](repeating: 0, count: blocks)
    withData { source in
      sums.withUnsafeMutableBufferPointer { sums in
        nonisolated(unsafe) let sums = sums
        parallelRanges(count, block: elementwiseBlock) { range in
          sums[range.lowerBound / elementwiseBlock] =
            partial(range.count, source + range.lowerBound)
        }
      }
    }
    return sums.reduce(0, +)
  }
}
