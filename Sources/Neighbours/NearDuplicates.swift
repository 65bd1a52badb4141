import CKernels
import Storage
import Synchronization
import TensorCore

/// Pairs of rows whose cosine is at least a threshold within rounding, found by comparing all with all in blocks.
package struct NearDuplicates: Sendable {
  package struct Pair: Sendable, Hashable {
    /// The first is the smaller one.
    package let first: Int
    package let second: Int
    package let score: Float
  }
  /// The nearest pairs, nearest first, as many as were to be listed.
  package let pairs: [Pair]
  /// All pairs there are.
  package let count: Int
  /// Rows that pairs join directly or by others between them, two or more a group.
  package let groups: [[Int]]

  /// Rows held on one side while the others pass by: about 4 MiB, and those of one task.
  private static func panelRows(_ dimension: Int) -> Int {
    min(4096, max(64, (1 << 20) / dimension))
  }
  private static let block = 512
  /// By how much the product of equal rows may miss 1.
  private static let rounding: Float = 2e-6

  /// Lists at most `limit` pairs. Rows of the same number in `files` are never a pair: windows of one video
  /// are expected to be alike.
  package init(
    _ vectors: Vectors, threshold: Float, limit: Int, files: [Int32]? = nil
  ) throws(StorageError) {
    precondition(vectors.rows <= Int(Int32.max), "\(vectors.rows) rows to compare")
    let collected = Mutex(Collected(rows: vectors.rows, limit: limit))
    let failure = FirstFailure()
    let (total, dimension) = (vectors.rows, vectors.dimension)
    let height = min(total, Self.panelRows(dimension))
    let outcome = withScratch(height * dimension + height) { panel in
      Result { () throws(StorageError) in
        for start in stride(from: 0, to: total, by: height) {
          let rows = start..<min(start + height, total)
          try vectors.readUnit(rows, into: panel)
          nonisolated(unsafe) let panel = panel
          // Blocks before the panel have met it already, when they were in the panel.
          parallelRanges(total - start, block: Self.block) { range in
            let others = start + range.lowerBound..<start + range.upperBound
            failure.attempt(others.lowerBound) { () throws(StorageError) in
              let found = try Self.compare(vectors, panel, rows, others, threshold, files)
              collected.withLock { $0.add(found) }
            }
          }
          try failure.check()
        }
      }
    }
    try outcome.get()
    (pairs, count, groups) = collected.withLock { ($0.listed, $0.count, $0.groups) }
  }

  private static func compare(
    _ vectors: Vectors, _ panel: UnsafePointer<Float>, _ rows: Range<Int>, _ others: Range<Int>,
    _ threshold: Float, _ files: [Int32]?
  ) throws(StorageError) -> [Pair] {
    let (dimension, width) = (vectors.dimension, others.count)
    let outcome = withScratch(width * dimension + width + rows.count * width) { scratch in
      Result { () throws(StorageError) -> [Pair] in
        let products = scratch + width * dimension + width
        try vectors.readUnit(others, into: scratch)
        gemm(
          rows.count, width, dimension, panel, lda: dimension, scratch, ldb: dimension,
          transposeB: true, products, ldc: width)
        scale(products, vectors, panel, rows.count, scratch, width)
        var found: [Pair] = []
        var places = [Int32](repeating: 0, count: width)
        for row in rows {
          let line = products + (row - rows.lowerBound) * width
          let hits = pk_at_least(width, line, threshold - rounding, &places)
          for place in places[..<hits] {
            let other = others.lowerBound + Int(place)
            guard other > row, files.map({ $0[other] != $0[row] }) ?? true else { continue }
            found.append(Pair(first: row, second: other, score: line[Int(place)]))
          }
        }
        return found
      }
    }
    return try outcome.get()
  }

  /// Turns products of rows into cosines of the parts that both have.
  private static func scale(
    _ products: UnsafeMutablePointer<Float>, _ vectors: Vectors, _ panel: UnsafePointer<Float>,
    _ rows: Int, _ others: UnsafePointer<Float>, _ width: Int
  ) {
    func lengths(_ data: UnsafePointer<Float>, _ count: Int) -> [PartLengths] {
      (0..<count).compactMap { vectors.lengths(data + $0 * vectors.dimension) }
    }
    let (mine, theirs) = (lengths(panel, rows), lengths(others, width))
    guard !mine.allSatisfy(\.isWhole) || !theirs.allSatisfy(\.isWhole) else { return }
    for (row, own) in mine.enumerated() {
      for (column, other) in theirs.enumerated() {
        products[row * width + column] *= own.factor(with: other)
      }
    }
  }
}

/// The pairs met so far: the nearest of them, how many, and what they join.
private struct Collected {
  var count = 0
  private let limit: Int
  private var pairs: [NearDuplicates.Pair] = []
  /// Each row's parent in the forest of joined rows (Tarjan 1975); a root is its own.
  private var parents: [Int32]

  init(rows: Int, limit: Int) {
    self.limit = limit
    parents = Array(0..<Int32(rows))
  }

  mutating func add(_ found: [NearDuplicates.Pair]) {
    count += found.count
    for pair in found { join(pair.first, pair.second) }
    pairs += found
    if pairs.count > max(4096, 2 * limit) { pairs = listed }
  }

  var listed: [NearDuplicates.Pair] {
    Array(
      pairs.sorted { ($1.score, $0.first, $0.second) < ($0.score, $1.first, $1.second) }
        .prefix(limit))
  }

  var groups: [[Int]] {
    var forest = self
    var members: [Int: [Int]] = [:]
    for row in parents.indices {
      // A root is the first row of its group.
      let root = forest.root(of: row)
      if root != row { members[root, default: [root]].append(row) }
    }
    return members.values.sorted { $0[0] < $1[0] }
  }

  private mutating func join(_ a: Int, _ b: Int) {
    let (x, y) = (root(of: a), root(of: b))
    if x != y { parents[max(x, y)] = Int32(min(x, y)) }
  }

  private mutating func root(of row: Int) -> Int {
    var at = row
    while parents[at] != Int32(at) {
      parents[at] = parents[Int(parents[at])]
      at = Int(parents[at])
    }
    return at
  }
}
