/// For every cell of a frame the neighbours whose labels it takes: the best over the whole context, best
/// first.
package struct Neighbours: Sendable {
  /// Neighbours of a cell.
  package let count: Int
  /// Cosine similarities, [cells][count].
  package var scores: [Float]
  /// Which cell: context frame × cells + cell, [cells][count]; -1 where there was none.
  package var ids: [Int32]

  init(cells: Int, count: Int) {
    self.count = count
    scores = [Float](repeating: -.infinity, count: cells * count)
    ids = [Int32](repeating: -1, count: cells * count)
  }
}
