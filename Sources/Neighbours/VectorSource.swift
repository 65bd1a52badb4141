import Storage
import TensorCore

/// Rows of numbers that are read in blocks, so that they need not be in memory together.
package protocol VectorSource: Sendable {
  /// What errors call it.
  var path: String { get }
  var rows: Int { get }
  var columns: Int { get }
  /// Writes `rows` one after the other. Called from several threads at once.
  func read(
    _ rows: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError)
}

extension NpyRows: VectorSource {
  package func read(
    _ rows: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError) {
    try read(rows: rows, into: target)
  }
}

/// The rows of a matrix in memory.
package struct TensorRows: VectorSource {
  package let tensor: Tensor
  package var path: String { "the matrix" }
  package var rows: Int { tensor.shape[0] }
  package var columns: Int { tensor.shape[1] }

  package init(_ tensor: Tensor) {
    precondition(tensor.shape.rank == 2, "rows of \(tensor.shape.text)")
    self.tensor = tensor
  }

  package func read(_ rows: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    tensor.withData {
      target.update(from: $0 + rows.lowerBound * columns, count: rows.count * columns)
    }
  }
}

/// Some columns of a source, in which rows are compared.
package struct Vectors: Sendable {
  package let source: any VectorSource
  package let columns: Range<Int>
  /// Numbers of the first of two parts of a vector; nil where it is of one piece. A part of zeros is one that the clip
  /// does not have: vectors are then compared by what both have.
  package let split: Int?
  package var rows: Int { source.rows }
  /// Numbers of a vector.
  package var dimension: Int { columns.count }

  /// All columns unless told.
  package init(_ source: any VectorSource, columns: Range<Int>? = nil, split: Int? = nil) {
    self.source = source
    self.columns = columns ?? 0..<source.columns
    self.split = split.flatMap { 0 < $0 && $0 < (columns?.count ?? source.columns) ? $0 : nil }
    precondition(
      !self.columns.isEmpty && self.columns.upperBound <= source.columns,
      "columns \(self.columns) of \(source.columns)")
  }

  /// What the cosine of a whole vector with one that lacks a part must be multiplied with: the length of the whole
  /// over that of the part that both have. `vector` is [dimension].
  func lengths(_ vector: UnsafePointer<Float>) -> PartLengths? {
    split.map { PartLengths(vector, split: $0, dimension: dimension) }
  }

  /// Floats of scratch that reading `count` rows takes.
  func scratch(_ count: Int) -> Int { count * source.columns }

  /// Reads `rows` through `scratch` and gives the address of the first row's first column; from one row to
  /// the next are `source.columns` floats.
  func read(
    _ rows: Range<Int>, through scratch: UnsafeMutablePointer<Float>
  ) throws(StorageError) -> UnsafePointer<Float> {
    try source.read(rows, into: scratch)
    return UnsafePointer(scratch + columns.lowerBound)
  }

  /// One vector.
  package func vector(_ row: Int) throws(StorageError) -> [Float] {
    var values = [Float](repeating: 0, count: source.columns)
    let outcome = values.withUnsafeMutableBufferPointer { buffer in
      Result { () throws(StorageError) in
        if let base = buffer.baseAddress { try source.read(row..<row + 1, into: base) }
      }
    }
    try outcome.get()
    return Array(values[columns])
  }

  /// One vector at length 1, or zeros; an error where it is not finite.
  package func unit(_ row: Int) throws(StorageError) -> [Float] {
    let values = try vector(row)
    let length = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length.isFinite else { throw notFinite(row) }
    return length == 0 ? values : values.map { Float(Double($0) / length) }
  }

  /// What to say of a row that holds something else than numbers, or such whose squares overflow.
  func notFinite(_ row: Int) -> StorageError {
    .badData(
      path: source.path,
      reason: "row \(row) holds values that are not finite or too large; embed the clips again")
  }
}
