import Foundation
import TensorCore

/// Classification by the k training samples of the largest cosine, one vote each; of several classes with the most votes
/// the first.
package struct NearestNeighbours: Sendable {
  private let features: Tensor
  private let labels: [Int]
  private let classes: Int

  /// Rows [N, D] of any length and the class of each, 0 ..< `classes`.
  package init(_ features: Tensor, labels: [Int], classes: Int) {
    precondition(
      features.shape.rank == 2 && features.shape[0] == labels.count,
      "neighbours among \(features.shape.text) with \(labels.count) labels")
    self.features = Self.unitRows(features)
    self.labels = labels
    self.classes = classes
  }

  /// The classes of the rows of `queries` [M, D] for each k, [ks.count][M]. A k beyond the samples takes all of them.
  package func predict(_ queries: Tensor, ks: [Int]) -> [[Int]] {
    let count = labels.count
    let cosines = matmul(
      Self.unitRows(queries), transposed: false, features, transposed: true
    ).array
    let most = min(count, ks.max() ?? 1)
    var result = ks.map { _ in [Int]() }
    for query in 0..<queries.shape[0] {
      let row = cosines[query * count..<(query + 1) * count]
      let nearest = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }.prefix(most)
        .map { $0 - row.startIndex }
      for (place, k) in ks.enumerated() {
        var votes = [Int](repeating: 0, count: classes)
        for sample in nearest.prefix(k) { votes[labels[sample]] += 1 }
        result[place].append(votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 })
      }
    }
    return result
  }

  private static func unitRows(_ features: Tensor) -> Tensor {
    let (count, width) = (features.shape[0], features.shape[1])
    return .make([count, width]) { out in
      features.withData { data in
        for row in 0..<count {
          var squares = 0.0
          for column in 0..<width {
            let value = Double(data[row &* width &+ column])
            squares += value * value
          }
          let scale = squares > 1e-24 ? 1 / squares.squareRoot() : 0
          for column in 0..<width {
            out[row &* width &+ column] = Float(Double(data[row &* width &+ column]) * scale)
          }
        }
      }
    }
  }
}
