import CKernels
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
    let most = min(labels.count, ks.max() ?? 1)
    let units = Self.unitRows(queries)
    var result = ks.map { _ in [Int]() }
    for first in stride(from: 0, to: queries.shape[0], by: Self.queriesAtOnce) {
      let count = min(Self.queriesAtOnce, queries.shape[0] - first)
      let nearest = self.nearest(units, first..<first + count, most: most)
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

  /// Queries and samples whose cosines are held at once.
  private static let queriesAtOnce = 128
  private static let samplesAtOnce = 2048

  /// The samples nearest to each of some queries at length 1, [count · most], nearest first; of equally near ones the
  /// first.
  private func nearest(_ units: Tensor, _ range: Range<Int>, most: Int) -> [Int32] {
    let (total, width) = (labels.count, features.shape[1])
    var best = [Float](repeating: -.infinity, count: range.count * most)
    var ids = [Int32](repeating: -1, count: range.count * most)
    let block = min(total, Self.samplesAtOnce)
    withScratch(range.count * block) { cosines in
      units.withData { units in
        features.withData { features in
          for first in stride(from: 0, to: total, by: block) {
            let count = min(block, total - first)
            gemm(
              range.count, count, width, units + range.lowerBound * width, lda: width,
              features + first * width, ldb: width, transposeB: true, cosines, ldc: count)
            best.withUnsafeMutableBufferPointer { best in
              ids.withUnsafeMutableBufferPointer { ids in
                guard let best = best.baseAddress, let ids = ids.baseAddress else { return }
                for query in 0..<range.count {
                  pk_best_of_row(
                    count, cosines + query * count, Int32(first), 1, most, best + query * most,
                    ids + query * most)
                }
              }
            }
          }
        }
      }
    }
    return ids
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
