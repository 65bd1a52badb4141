import CKernels

/// A row and how near it is: its cosine with the query.
package struct Match: Sendable, Hashable {
  package let row: Int
  package let score: Float

  package init(row: Int, score: Float) {
    self.row = row
    self.score = score
  }
}

/// The nearest rows met so far, nearest first; of equally near ones the first in the file.
struct TopMatches: Sendable {
  private var scores: [Float]
  private var rows: [Int32]

  init(_ count: Int) {
    scores = [Float](repeating: -.infinity, count: count)
    rows = [Int32](repeating: -1, count: count)
  }

  /// Takes in `count` rows from `first` on with their scores; rows of minus infinity never count. Rows come in
  /// rising order.
  mutating func take(_ values: UnsafePointer<Float>, count: Int, first: Int) {
    guard !scores.isEmpty else { return }
    pk_best_of_row(count, values, Int32(first), 1, scores.count, &scores, &rows)
  }

  /// Takes in what another part of the rows gave; the order of the parts does not matter.
  mutating func merge(_ other: TopMatches) {
    var (mine, theirs) = (0, 0)
    var merged = TopMatches(scores.count)
    for place in scores.indices {
      let isMine =
        (scores[mine], -Int(rows[mine])) >= (other.scores[theirs], -Int(other.rows[theirs]))
      merged.scores[place] = isMine ? scores[mine] : other.scores[theirs]
      merged.rows[place] = isMine ? rows[mine] : other.rows[theirs]
      if isMine { mine += 1 } else { theirs += 1 }
    }
    self = merged
  }

  var matches: [Match] {
    zip(rows, scores).compactMap { $0 >= 0 ? Match(row: Int($0), score: $1) : nil }
  }
}
