import Neighbours
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
    self.features = features.unitRows()
    self.labels = labels
    self.classes = classes
  }

  /// The classes of the rows of `queries` [M, D] for each k, [ks.count][M]. A k beyond the samples takes all of them.
  package func predict(_ queries: Tensor, ks: [Int]) -> [[Int]] {
    let most = min(labels.count, ks.max() ?? 1)
    let units = queries.unitRows()
    var result = ks.map { _ in [Int]() }
    for first in stride(from: 0, to: queries.shape[0], by: NearestRows.queries) {
      let count = min(NearestRows.queries, queries.shape[0] - first)
      let nearest = units.withData { units in
        features.withData {
          NearestRows.best(
            of: units + first * features.shape[1], count, among: $0, labels.count,
            dimension: features.shape[1], kept: most
          ).rows
        }
      }
      for query in 0..<count {
        let samples = nearest[query * most..<(query + 1) * most].filter { $0 >= 0 }
        for (place, k) in ks.enumerated() {
          var votes = [Int](repeating: 0, count: classes)
          for sample in samples.prefix(k) { votes[labels[Int(sample)]] += 1 }
          result[place].append(votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 })
        }
      }
    }
    return result
  }
}
