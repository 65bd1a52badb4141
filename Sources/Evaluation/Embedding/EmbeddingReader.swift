import Settings
import Storage
import TensorCore

/// An embedding that is there: its matrix, read as it is wanted, and what its rows are of.
package struct EmbeddingSet: Sendable {
  package let files: EmbeddingFiles
  package let matrix: NpyRows
  package let rows: [EmbeddingRow]
  package let description: EmbeddingDescription

  /// Opens `E.npy` with the table and the description beside it; what does not fit together is an error.
  package init(_ npy: String) throws {
    files = try EmbeddingFiles(npy)
    matrix = try NpyRows(npy)
    rows = try EmbeddingTable.read(files.csv)
    description = try EmbeddingDescription(reading: files.json)
    guard rows.count == matrix.rows, description.rows == matrix.rows,
      description.dimensions == matrix.columns
    else {
      throw EvaluationError(
        .badData,
        "\(npy): \(counted(matrix.rows, "row")) of \(matrix.columns), but \(files.csv) and \(files.json) tell of "
          + "\(counted(rows.count, "row")) of \(description.dimensions); make the embedding again")
    }
  }

  /// One vector a file, at unit length: the mean of its rows where it has several. A row that is not finite is an
  /// error.
  package func byPath() throws -> [String: [Float]] {
    var files = FileVectors()
    var row = [Float](repeating: 0, count: matrix.columns)
    for (index, entry) in rows.enumerated() {
      try row.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { try matrix.read(rows: index..<index + 1, into: base) }
      }
      guard row.allSatisfy(\.isFinite) else {
        throw EvaluationError(
          .badData,
          "\(self.files.npy): row \(index) (\(entry.path)) has values that are not finite; make the embedding again"
        )
      }
      files.add(row, of: entry.path)
    }
    return files.byPath
  }
}

/// The means of the rows of files.
package struct FileVectors: Sendable {
  private var sums: [String: [Float]] = [:]

  package init() {}

  package mutating func add(_ row: [Float], of path: String) {
    sums[path] = sums[path].map { zip($0, row).map { $0 + $1 } } ?? row
  }

  /// Takes back what was added of a file.
  package mutating func remove(_ path: String) { sums[path] = nil }

  /// One vector a file, at unit length.
  package var byPath: [String: [Float]] { sums.mapValues { unitLength($0) } }
}

/// `vector` at length 1; zeros stay zeros.
package func unitLength(_ vector: some Sequence<some BinaryFloatingPoint>) -> [Float] {
  let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  guard length > 1e-12, length.isFinite else { return vector.map { _ in 0 } }
  return vector.map { Float(Double($0) / length) }
}
