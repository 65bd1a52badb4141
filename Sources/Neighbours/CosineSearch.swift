import CKernels
import Storage
import Synchronization
import TensorCore

/// Exact search by cosine: every row is compared, in blocks that are read as they are needed.
///
/// The result has the same bits for any number of threads, and the memory does not grow with the rows.
package struct CosineSearch: Sendable {
  private let vectors: Vectors

  package init(_ vectors: Vectors) {
    precondition(vectors.rows <= Int(Int32.max), "\(vectors.rows) rows to search")
    self.vectors = vectors
  }

  /// Rows that are read at once: about a megabyte.
  private var blockRows: Int { max(16, (1 << 18) / vectors.source.columns) }
  /// Blocks that a thread takes at a time.
  private static let blocksATask = 16

  /// The `count` rows with the largest cosines with `query`, nearest first, by the parts that both have. Rows of zeros, which stand for
  /// clips that have no such part, are never among them.
  package func nearest(
    to query: [Float], count: Int
  ) throws(StorageError) -> [Match] {
    precondition(
      query.count == vectors.dimension,
      "a query of \(query.count) numbers among rows of \(vectors.dimension)")
    let length = query.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let unit = query.map { Float(Double($0) / max(length, 1e-30)) }
    let found = Mutex(TopMatches(min(count, vectors.rows)))
    let failure = FirstFailure()
    let (rows, block) = (vectors.rows, blockRows)
    parallelRanges(rows, block: block * Self.blocksATask) { range in
      var best = TopMatches(min(count, rows))
      failure.attempt(range.lowerBound) { () throws(StorageError) in
        try scan(range, block: block, unit, into: &best)
      }
      found.withLock { $0.merge(best) }
    }
    try failure.check()
    return found.withLock { $0.matches }
  }

  private func scan(
    _ range: Range<Int>, block: Int, _ query: [Float], into best: inout TopMatches
  ) throws(StorageError) {
    let outcome = withScratch(vectors.scratch(block) + block) { scratch in
      Result { () throws(StorageError) in
        let scores = scratch + vectors.scratch(block)
        for first in stride(from: range.lowerBound, to: range.upperBound, by: block) {
          let rows = first..<min(first + block, range.upperBound)
          let data = try vectors.read(rows, through: scratch)
          pk_cosines(
            rows.count, vectors.dimension, vectors.source.columns, data, query, scores)
          if pk_sum(rows.count, scores).isNaN,
            let bad = rows.first(where: { scores[$0 - first].isNaN })
          {
            throw vectors.notFinite(bad)
          }
          if let own = vectors.lengths(query) {
            for row in 0..<rows.count {
              guard let other = vectors.lengths(data + row * vectors.source.columns) else { break }
              scores[row] *= own.factor(with: other)
            }
          }
          best.take(scores, count: rows.count, first: first)
        }
      }
    }
    try outcome.get()
  }
}

/// The error of the block that comes first, whichever thread meets it when.
final class FirstFailure: Sendable {
  private let state = Mutex<(place: Int, error: StorageError)?>(nil)

  func attempt(_ place: Int, _ body: () throws(StorageError) -> Void) {
    do throws(StorageError) {
      try body()
    } catch {
      state.withLock { known in
        if known.map({ place < $0.place }) ?? true { known = (place, error) }
      }
    }
  }

  func check() throws(StorageError) {
    if let failure = state.withLock({ $0 }) { throw failure.error }
  }
}
