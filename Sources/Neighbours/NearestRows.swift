import CKernels
import TensorCore

/// The rows with the largest products with each of some queries: blocked products with a running list of the
/// best. On the calling thread.
package enum NearestRows {
  /// Queries that are worth asking together.
  package static let queries = 128
  /// Rows that queries are compared with at once.
  private static let block = 2048

  /// `queries` is [count, dimension], `rows` [total, dimension]. Returns for each query the `kept` best products and the
  /// numbers of their rows, the largest first and of equal ones the first row; -infinity and -1 beyond the rows.
  package static func best(
    of queries: UnsafePointer<Float>, _ count: Int, among rows: UnsafePointer<Float>, _ total: Int,
    dimension: Int, kept: Int
  ) -> (scores: [Float], rows: [Int32]) {
    var scores = [Float](repeating: -.infinity, count: count * kept)
    var ids = [Int32](repeating: -1, count: count * kept)
    withScratch(count * min(block, total)) { products in
      for first in stride(from: 0, to: total, by: block) {
        let width = min(block, total - first)
        gemm(
          count, width, dimension, queries, lda: dimension, rows + first * dimension,
          ldb: dimension, transposeB: true, products, ldc: width)
        scores.withUnsafeMutableBufferPointer { scores in
          ids.withUnsafeMutableBufferPointer { ids in
            guard let scores = scores.baseAddress, let ids = ids.baseAddress else { return }
            for query in 0..<count {
              pk_best_of_row(
                width, products + query * width, Int32(first), 1, kept, scores + query * kept,
                ids + query * kept)
            }
          }
        }
      }
    }
    return (scores, ids)
  }
}
