import TensorCore

/// A float32 matrix in an `.npy` file of which rows are read as they are wanted.
package final class NpyRows: Sendable {
  package let path: String
  package let rows: Int
  package let columns: Int
  private let file: NpyFile

  /// Opens a matrix in C order; anything else is refused by name.
  package init(_ path: String) throws(StorageError) {
    self.path = path
    file = try NpyFile(path)
    guard file.shape.count == 2 else {
      throw .badData(
        path: path, reason: "an array of \(file.shape.count) dimensions; a matrix is needed")
    }
    guard file.shape[1] > 0 || file.shape[0] == 0 else {
      throw .badData(path: path, reason: "a matrix without columns; make it again")
    }
    (rows, columns) = (file.shape[0], file.shape[1])
  }

  /// Fills `target` with `range.count * columns` floats. Any thread may call it at any time.
  package func read(
    rows range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows) in \(path)")
    try file.read(
      elements: range.lowerBound * columns..<range.upperBound * columns, into: target)
  }

  /// Rows `range` as [count, columns].
  package func tensor(rows range: Range<Int>) throws(StorageError) -> Tensor {
    var outcome = Result<Void, StorageError>.success(())
    let tensor = Tensor.make([range.count, columns]) { target in
      outcome = Result { () throws(StorageError) in try read(rows: range, into: target) }
    }
    try outcome.get()
    return tensor
  }
}

/// A float32 matrix in an `.npy` file whose number of rows is not known until the end: rows are appended, and
/// the header is written again when they are all there.
package final class NpyRowWriter {
  package let columns: Int
  package private(set) var rows: Int
  private let file: OpenFile

  /// Begins the file at `path`, or with `rows` goes on behind so many rows of one that is there already;
  /// what lies beyond them is cut off.
  package init(_ path: String, columns: Int, rows: Int = 0) throws(StorageError) {
    self.columns = columns
    self.rows = rows
    file = try OpenFile.updating(path)
    let size = Npy.growingHeader([rows, columns]).count + rows * columns * 4
    let had = try file.size()
    guard rows == 0 || had >= size else {
      throw .badData(path: path, reason: "the file is shorter than its state says; start anew")
    }
    try file.truncate(to: rows == 0 ? 0 : size)
    try file.write(Npy.growingHeader([rows, columns]), at: 0)
  }

  /// Appends whole rows.
  package func append(_ values: [Float]) throws(StorageError) {
    precondition(values.count % columns == 0, "\(values.count) values for rows of \(columns)")
    let at = Npy.growingHeader([0, columns]).count + rows * columns * 4
    try values.span.withUnsafeBytes { bytes throws(StorageError) in try file.write(bytes, at: at) }
    rows += values.count / columns
  }

  /// Takes back the rows behind the first `count`.
  package func cut(to count: Int) throws(StorageError) {
    precondition((0...rows).contains(count), "keeping \(count) of \(rows) rows")
    try file.truncate(to: Npy.growingHeader([0, columns]).count + count * columns * 4)
    rows = count
  }

  /// Waits until all rows, and a header that counts them, are on the disk.
  package func sync() throws(StorageError) {
    try file.write(Npy.growingHeader([rows, columns]), at: 0)
    try file.sync()
  }
}

/// Lines of text that are appended to a file, of which a known length is kept when the work is resumed.
package final class GrowingText {
  /// Bytes written so far.
  package private(set) var size: Int
  private let file: OpenFile

  /// Goes on behind the first `size` bytes of the file at `path`, or begins it.
  package init(_ path: String, size: Int = 0) throws(StorageError) {
    self.size = size
    file = try OpenFile.updating(path)
    guard try file.size() >= size else {
      throw .badData(path: path, reason: "the file is shorter than its state says; start anew")
    }
    try file.truncate(to: size)
  }

  package func append(_ text: String) throws(StorageError) {
    let bytes = Array(text.utf8)
    try bytes.span.withUnsafeBytes { bytes throws(StorageError) in try file.write(bytes, at: size) }
    size += bytes.count
  }

  /// Takes back what is behind the first `bytes`.
  package func cut(to bytes: Int) throws(StorageError) {
    precondition((0...size).contains(bytes), "keeping \(bytes) of \(size) bytes")
    try file.truncate(to: bytes)
    size = bytes
  }

  package func sync() throws(StorageError) { try file.sync() }
}
