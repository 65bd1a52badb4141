import CKernels
import Storage
import Synchronization
import TensorCore

/// How well one part of each row finds the other part of the same row among those of other files: a clip's
/// sound by its picture, or the reverse.
package struct CrossRetrieval: Sendable {
  /// Rows that have both parts and so were asked.
  package let queries: Int
  /// For each k that was asked for, the share of rows whose partner is among the k nearest.
  package let recall: [Double]
  /// What guessing would give.
  package let chance: [Double]
  /// Half of the partners are at least this near: 1 is the nearest.
  package let medianRank: Double

  private static let block = 1024
  private static let panel = 256
  /// Scores closer than this to the partner's count as nearer: features that have collapsed to one point
  /// find nothing.
  private static let tie: Float = 1e-6

  /// `query` and `candidate` are two parts of one source. Candidates are the row's own partner and those of
  /// rows of other `files`; rows in which either part is zero (nothing is heard) neither ask nor answer.
  package init(
    from query: Vectors, to candidate: Vectors, files: [Int32], at ks: [Int]
  ) throws(StorageError) {
    precondition(
      query.rows == candidate.rows && query.rows == files.count
        && query.dimension == candidate.dimension,
      "retrieval among \(query.rows) and \(candidate.rows) rows of \(files.count) files")
    let total = query.rows
    let table = try PartTable(query, candidate, files: files)
    let ranks = Mutex([Int: (rank: Int, candidates: Int)]())
    let failure = FirstFailure()
    parallelRanges(total, block: Self.panel) { range in
      failure.attempt(range.lowerBound) { () throws(StorageError) in
        let found = try Self.rank(range, query, candidate, files, table)
        ranks.withLock { $0.merge(found) { first, _ in first } }
      }
    }
    try failure.check()
    let all = ranks.withLock { $0 }
    queries = all.count
    let asked = Double(max(1, all.count))
    recall = ks.map { k in Double(all.values.count { $0.rank <= k }) / asked }
    // Summed in the order of the rows, so that the bits do not depend on the dictionary.
    let ordered = all.sorted { $0.key < $1.key }.map(\.value)
    chance = ks.map { k in
      ordered.reduce(0.0) { $0 + min(1, Double(k) / Double($1.candidates)) } / asked
    }
    let sorted = ordered.map(\.rank).sorted()
    medianRank =
      sorted.isEmpty
      ? 0 : Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private static func rank(
    _ range: Range<Int>, _ query: Vectors, _ candidate: Vectors, _ files: [Int32],
    _ table: PartTable
  ) throws(StorageError) -> [Int: (rank: Int, candidates: Int)] {
    let (dimension, total) = (query.dimension, query.rows)
    let rows = range.filter { table.isWhole[$0] }
    var nearer = [Int](repeating: 0, count: rows.count)
    let floats = (range.count + block) * (dimension + 1) + range.count * block
    let outcome = withScratch(floats) { scratch in
      Result { () throws(StorageError) in
        let others = scratch + range.count * (dimension + 1)
        let products = others + block * (dimension + 1)
        try query.readUnit(range, into: scratch)
        for first in stride(from: 0, to: total, by: block) {
          let columns = first..<min(first + block, total)
          try candidate.readUnit(columns, into: others)
          gemm(
            range.count, columns.count, dimension, scratch, lda: dimension, others,
            ldb: dimension, transposeB: true, products, ldc: columns.count)
          let silent = table.incomplete(in: columns)
          for (place, row) in rows.enumerated() {
            let line = products + (row - range.lowerBound) * columns.count
            // What may not answer is put out of reach; the own file includes the partner itself.
            for column in silent { line[column - first] = -.infinity }
            for column in table.rows(of: files[row], in: columns) {
              line[column - first] = -.infinity
            }
            nearer[place] += pk_count_above(
              columns.count, line, table.partnerScore[row] - tie)
          }
        }
      }
    }
    try outcome.get()
    return Dictionary(
      uniqueKeysWithValues: zip(rows, nearer).map { row, nearer in
        (row, (nearer + 1, table.wholeRows - table.wholeRows(of: files[row]) + 1))
      })
  }
}

extension Vectors {
  /// Writes `rows` at unit length to `target`, then their lengths.
  func readUnit(
    _ rows: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws(StorageError) {
    let outcome = withScratch(scratch(rows.count)) { scratch in
      Result { () throws(StorageError) in
        let data = try read(rows, through: scratch)
        let lengths = target + rows.count * dimension
        pk_unit_rows(rows.count, dimension, source.columns, data, target, lengths)
        for row in rows where !lengths[row - rows.lowerBound].isFinite { throw notFinite(row) }
      }
    }
    try outcome.get()
  }
}

/// What is known of each row before any two are compared.
private struct PartTable: Sendable {
  /// Whether the row has both parts.
  private(set) var isWhole: [Bool] = []
  private(set) var wholeRows = 0
  /// The cosine of the row's two parts.
  private(set) var partnerScore: [Float] = []
  private var incomplete: [Int] = []
  private var rowsByFile: [Int32: [Int]] = [:]

  init(_ query: Vectors, _ candidate: Vectors, files: [Int32]) throws(StorageError) {
    let dimension = query.dimension
    let block = 512
    for first in stride(from: 0, to: query.rows, by: block) {
      let rows = first..<min(first + block, query.rows)
      let size = rows.count * (dimension + 1)
      let outcome = withScratch(2 * size) { scratch in
        Result { () throws(StorageError) in
          let (a, b) = (scratch, scratch + size)
          try query.readUnit(rows, into: a)
          try candidate.readUnit(rows, into: b)
          let lengths = rows.count * dimension
          for index in 0..<rows.count {
            let whole = a[lengths + index] > 0 && b[lengths + index] > 0
            isWhole.append(whole)
            if whole { wholeRows += 1 } else { incomplete.append(first + index) }
            partnerScore.append(
              Float(pk_dot(dimension, a + index * dimension, b + index * dimension)))
          }
        }
      }
      try outcome.get()
    }
    for row in isWhole.indices where isWhole[row] {
      rowsByFile[files[row], default: []].append(row)
    }
  }

  /// The rows of a range that lack a part.
  func incomplete(in range: Range<Int>) -> [Int] { incomplete.filter(range.contains) }

  /// The whole rows of a file within a range.
  func rows(of file: Int32, in range: Range<Int>) -> [Int] {
    (rowsByFile[file] ?? []).filter(range.contains)
  }

  func wholeRows(of file: Int32) -> Int { rowsByFile[file]?.count ?? 0 }
}
