import TensorCore

/// The nearest neighbours of every row of a matrix among the others, by cosine: exact, by blocked products.
package struct NearestOfEach: Sendable {
  /// Neighbours a row.
  package let count: Int
  /// [rows × count], nearest first.
  package let rows: [Int32]
  /// Their cosines.
  package let scores: [Float]

  /// `unit` has rows of length 1; a row is not its own neighbour. `count` is below the number of rows.
  package init(_ unit: Tensor, count: Int) {
    let (total, dimension) = (unit.shape[0], unit.shape[1])
    precondition(count > 0 && count < total, "\(count) neighbours among \(total) rows")
    self.count = count
    var rows = [Int32](repeating: -1, count: total * count)
    var scores = [Float](repeating: 0, count: total * count)
    rows.withUnsafeMutableBufferPointer { rows in
      scores.withUnsafeMutableBufferPointer { scores in
        nonisolated(unsafe) let (rows, scores) = (rows, scores)
        unit.withData { data in
          nonisolated(unsafe) let data = data
          parallelRanges(total, block: NearestRows.queries) { range in
            let kept = count + 1  // the row itself is among them
            let (best, ids) = NearestRows.best(
              of: data + range.lowerBound * dimension, range.count, among: data, total,
              dimension: dimension, kept: kept)
            for (query, row) in range.enumerated() {
              var place = row * count
              for index in query * kept..<(query + 1) * kept
              where ids[index] != Int32(row) && place < (row + 1) * count {
                rows[place] = ids[index]
                scores[place] = best[index]
                place += 1
              }
            }
          }
        }
      }
    }
    self.rows = rows
    self.scores = scores
  }
}
