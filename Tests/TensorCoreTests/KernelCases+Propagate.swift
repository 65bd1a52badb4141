import CKernels

extension KernelCase {
  static let propagation: [KernelCase] = [
    KernelCase(name: "row_scores", tolerance: 4e-6) { table, n, draw in
      let (tiles, stride) = (3, 64)
      let (queries, keys) = (draw.floats(tiles * n * 4), draw.floats(n * stride))
      var (got, wanted): ([Double], [Double]) = ([], [])
      for width in [8, 16, 24, 48] {
        var scores = [Float](repeating: 9, count: tiles * 4 * width)
        table.row_scores(tiles, n, queries, keys, stride, width, &scores)
        got += doubles(scores)
        for tile in 0..<tiles {
          for query in 0..<4 {
            for x in 0..<width {
              wanted.append(
                (0..<n).reduce(0.0) {
                  $0 + Double(queries[(tile * n + $1) * 4 + query])
                    * Double(keys[$1 * stride + 2 * tile + x])
                })
            }
          }
        }
      }
      return (got, wanted)
    },
    KernelCase(name: "best_of_row", tolerance: 0) { table, n, draw in
      // Few values, so that equal scores occur.
      let scores = draw.integers(n, below: 7).map { Float($0) }
      let k = 4
      var best: [Float] = [3, 1, -.infinity, -.infinity]
      var ids: [Int32] = [70, 71, -1, -1]
      var list = zip(best, ids).map { Ranked(score: $0, id: $1) }
      for copies in [1, 3] {
        table.best_of_row(n, scores, 100, copies, k, &best, &ids)
        for (index, score) in scores.enumerated() {
          for _ in 0..<copies { list.take(score, Int32(100 + index)) }
        }
      }
      return Self.finite(best, ids, list)
    },
    KernelCase(name: "best_of_windows", tolerance: 0) { table, n, draw in
      let (margin, k) = (2, 3)
      let width = 8
      let tiles = (n + 1) / 2
      let scores = draw.floats(tiles * 4 * width)
      var (got, wanted): ([Double], [Double]) = ([], [])
      for reach in [(2, 1), (0, 2), (-1, 2), (1, -1)] {
        var best = [Float](repeating: -.infinity, count: 2 * n * k)
        var ids = [Int32](repeating: -1, count: 2 * n * k)
        var windows = pk_windows(
          columns: n, width: width, margin: margin, reach: reach, copies: 2, first_id: 5)
        table.best_of_windows(&windows, scores, k, &best, &ids)
        for (row, reach) in [reach.0, reach.1].enumerated() {
          for x in 0..<n {
            var list = [Ranked](repeating: Ranked(score: -.infinity, id: -1), count: k)
            for column in 0..<n where abs(column - x) <= reach {
              let at = column - (x / 2 * 2 - margin)
              let score = scores[((x / 2) * 4 + 2 * row + x % 2) * width + at]
              for _ in 0..<2 { list.take(score, Int32(5 + column)) }
            }
            let own = (row * n + x) * k..<(row * n + x + 1) * k
            let (mine, theirs) = Self.finite(Array(best[own]), Array(ids[own]), list)
            got += mine
            wanted += theirs
          }
        }
      }
      return (got, wanted)
    },
  ]

  /// Scores and ids as numbers, empty places as -1.
  private static func finite(
    _ best: [Float], _ ids: [Int32], _ list: [Ranked]
  ) -> (got: [Double], wanted: [Double]) {
    func number(_ score: Float) -> Double { score.isFinite ? Double(score) : -1 }
    return (
      best.map(number) + ids.map(Double.init),
      list.map { number($0.score) } + list.map { Double($0.id) }
    )
  }
}

private struct Ranked {
  var score: Float
  var id: Int32
}

extension [Ranked] {
  /// Takes a score into the falling list behind all that are equal to it or better.
  fileprivate mutating func take(_ score: Float, _ id: Int32) {
    let place = firstIndex { $0.score < score } ?? count
    guard place < count else { return }
    insert(Ranked(score: score, id: id), at: place)
    removeLast()
  }
}
