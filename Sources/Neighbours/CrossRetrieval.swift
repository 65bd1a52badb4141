import CKernels
import Storage
import Synchronization
import TensorCore

/// How well one part of each row finds the other part of the same row among those of other files: a clip's
/// sound by its picture, or the reverse.
///
/// Of every other file one row is drawn, and the figures are the means of all draws: rows of a file lie together, so that
/// against all of them at once guessing would find anything from one in the rows to one in the files.
package struct CrossRetrieval: Sendable {
  /// Rows that have both parts and so were asked.
  package let queries: Int
  /// For each k that was asked for, the share of rows whose partner is among the k nearest.
  package let recall: [Double]
  /// What guessing would give.
  package let chance: [Double]
  /// Half of the partners are at least this near, in the mean of the draws of each: 1 is the nearest.
  package let medianRank: Double

  private static let block = 1024
  private static let panel = 64
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
    let found = Mutex([Int: Standing]())
    let failure = FirstFailure()
    // Counts by file take memory: fewer rows at a time.
    parallelRanges(total, block: table.hasOneRowAFile ? 4 * Self.panel : Self.panel) { range in
      failure.attempt(range.lowerBound) { () throws(StorageError) in
        let part = try Self.standings(range, query, candidate, table, ks)
        found.withLock { $0.merge(part) { first, _ in first } }
      }
    }
    try failure.check()
    // Summed in the order of the rows, so that the bits do not depend on the dictionary.
    let all = found.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    queries = all.count
    let asked = Double(max(1, all.count))
    recall = ks.indices.map { place in all.reduce(0) { $0 + $1.within[place] } / asked }
    let candidates = Double(max(1, table.answeringFiles))
    chance = ks.map { all.isEmpty ? 0 : min(1, Double($0) / candidates) }
    let sorted = all.map(\.rank).sorted()
    medianRank =
      sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// How the whole rows of a range stand among the others.
  private static func standings(
    _ range: Range<Int>, _ query: Vectors, _ candidate: Vectors, _ table: PartTable, _ ks: [Int]
  ) throws(StorageError) -> [Int: Standing] {
    let (dimension, total) = (query.dimension, query.rows)
    let rows = range.filter { table.isWhole[$0] }
    var nearer = [FileCounts](repeating: FileCounts(table), count: rows.count)
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
            for column in table.rowsOfFile(of: row) where columns.contains(column) {
              line[column - first] = -.infinity
            }
            nearer[place].add(line, columns, above: table.partnerScore[row] - tie, table)
          }
        }
      }
    }
    try outcome.get()
    return Dictionary(
      uniqueKeysWithValues: zip(rows, nearer).map { ($0, Standing($1.shares(table), ks)) })
  }
}

/// Where the partner of a row stands among draws of one row of every other file.
private struct Standing: Sendable {
  /// In the mean of the draws; 1 is the nearest.
  let rank: Double
  /// For each k the probability that it is among the k nearest.
  let within: [Double]

  /// `shares` are those of each file's rows that are nearer; files without such a row may be left out.
  init(_ shares: [Double], _ ks: [Int]) {
    rank = 1 + shares.reduce(0, +)
    // The probability that of so many files a nearer row is drawn.
    var drawn = [Double](repeating: 0, count: ks.max() ?? 0)
    if !drawn.isEmpty { drawn[0] = 1 }
    for share in shares {
      for count in drawn.indices.reversed() {
        drawn[count] = drawn[count] * (1 - share) + (count > 0 ? drawn[count - 1] * share : 0)
      }
    }
    within = ks.map { drawn.prefix($0).reduce(0, +) }
  }
}

/// How many rows of each file are nearer to a row that asks than its partner.
private struct FileCounts {
  /// Of all files, where each has one row.
  private var total = 0
  /// By file, where some have more.
  private var counts: [Int32] = []

  init(_ table: PartTable) {
    if !table.hasOneRowAFile { counts = [Int32](repeating: 0, count: table.files) }
  }

  mutating func add(
    _ line: UnsafePointer<Float>, _ columns: Range<Int>, above score: Float, _ table: PartTable
  ) {
    guard !table.hasOneRowAFile else {
      total += pk_count_above(columns.count, line, score)
      return
    }
    for place in 0..<columns.count where line[place] > score {
      counts[table.file(of: columns.lowerBound + place)] += 1
    }
  }

  func shares(_ table: PartTable) -> [Double] {
    guard !table.hasOneRowAFile else { return [Double](repeating: 1, count: total) }
    return counts.indices.filter { counts[$0] > 0 }
      .map { Double(counts[$0]) / Double(table.rows(inFile: $0)) }
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
  /// The cosine of the row's two parts.
  private(set) var partnerScore: [Float] = []
  private var incomplete: [Int] = []
  /// The number of each row's file, and the whole rows of each.
  private var numbers: [Int32] = []
  private var wholeRows: [[Int]] = []
  /// Files of which a row can be drawn.
  private(set) var answeringFiles = 0
  private(set) var hasOneRowAFile = true

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
            if !whole { incomplete.append(first + index) }
            partnerScore.append(
              Float(pk_dot(dimension, a + index * dimension, b + index * dimension)))
          }
        }
      }
      try outcome.get()
    }
    var known: [Int32: Int32] = [:]
    for (row, file) in files.enumerated() {
      let number = known[file] ?? Int32(wholeRows.count)
      if known.updateValue(number, forKey: file) == nil { wholeRows.append([]) }
      numbers.append(number)
      if isWhole[row] { wholeRows[Int(number)].append(row) }
    }
    answeringFiles = wholeRows.count { !$0.isEmpty }
    hasOneRowAFile = wholeRows.allSatisfy { $0.count < 2 }
  }

  var files: Int { wholeRows.count }

  func file(of row: Int) -> Int { Int(numbers[row]) }

  func rows(inFile number: Int) -> Int { wholeRows[number].count }

  /// The whole rows of the file that a row is of.
  func rowsOfFile(of row: Int) -> [Int] { wholeRows[file(of: row)] }

  /// The rows of a range that lack a part.
  func incomplete(in range: Range<Int>) -> [Int] { incomplete.filter(range.contains) }
}
