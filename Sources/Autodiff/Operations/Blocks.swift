import CKernels
import TensorCore

/// Rows of `width` floats that make a block of about `elementwiseBlock` elements.
func rowBlock(_ width: Int) -> Int { max(1, elementwiseBlock / max(1, width)) }

/// The rows and the width of a value seen as a matrix of its last axis: [..., N] -> ([...].elements, N).
func rowsAndWidth(_ shape: Shape, _ operation: String) -> (rows: Int, width: Int) {
  precondition(shape.rank > 0, "\(operation) of a scalar")
  let width = shape[shape.rank - 1]
  precondition(width > 0, "\(operation) of rows without elements, \(shape.text)")
  return (shape.elements / width, width)
}

/// Sums over the rows of a matrix, `values` of them a column, in double precision: block sums added in order.
///
/// `partial` adds the sums of a run of rows (first row, rows) to its accumulator of values × width doubles.
func columnReduction(
  rows: Int, width: Int, values: Int = 1,
  _ partial: (Int, Int, UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
  // At least 64 rows a block keeps the partial sums small beside the data.
  let block = max(64, rowBlock(width))
  let blocks = max(1, (rows + block - 1) / block)
  let width = width * values
  var sums = [Double](repeating: 0, count: blocks * width)
  sums.withUnsafeMutableBufferPointer { sums in
    guard let base = sums.baseAddress else { return }
    parallelRanges(rows, block: block) { range in
      partial(range.lowerBound, range.count, base + range.lowerBound / block * width)
    }
    for index in 1..<max(blocks, 1) {
      for column in 0..<width { base[column] += base[index * width + column] }
    }
  }
  return Array(sums.prefix(width))
}

/// The sums over the rows of a matrix, [M, N] -> N numbers.
func columnSums(_ x: Tensor, rows: Int, width: Int) -> [Double] {
  x.withData { x in
    columnReduction(rows: rows, width: width) { first, count, sums in
      pk_column_sums(count, width, x + first * width, sums)
    }
  }
}

/// A tensor made elementwise, `fill` writing the given range of the output.
func makeElementwise(
  _ shape: Shape, _ fill: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
  .make(shape) { out in
    parallelRanges(shape.elements, block: elementwiseBlock) { fill($0, out + $0.lowerBound) }
  }
}

/// A tensor made row by row, `fill` writing the row of the given index.
func makeRows(
  _ shape: Shape, rows: Int, width: Int, _ fill: (Int, UnsafeMutablePointer<Float>) -> Void
) -> Tensor {
  .make(shape) { out in
    parallelRanges(rows, block: rowBlock(width)) { range in
      for row in range { fill(row, out + row * width) }
    }
  }
}
