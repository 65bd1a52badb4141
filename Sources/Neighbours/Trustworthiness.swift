import CKernels
import TensorCore

/// How far the neighbours of a point on a map are its neighbours in truth (Venna, Kaski 2001): 1 where all
/// are, about 1/2 for a random map.
///
/// 1 - 2 / (n k (2n - 3k - 1)) Σ max(0, rank - k) over each point's k neighbours on the map, where rank is
/// their place among the point's neighbours by cosine.
package func trustworthiness(of map: Tensor, for unit: Tensor, neighbours k: Int) -> Double {
  let (total, dimension) = (unit.shape[0], unit.shape[1])
  precondition(
    map.shape == [total, 2] && k > 0 && 2 * k < total,
    "trustworthiness of \(map.shape.text) at \(k) for \(unit.shape.text)")
  let block = 64
  let blocks = (total + block - 1) / block
  var penalties = [Int](repeating: 0, count: blocks)
  penalties.withUnsafeMutableBufferPointer { penalties in
    nonisolated(unsafe) let penalties = penalties
    withData(map, unit) { map, unit in
      nonisolated(unsafe) let (map, unit) = (map, unit)
      parallelRanges(total, block: block) { range in
        withScratch((range.count + 1) * total) { scratch in
          let products = scratch + total
          gemm(
            range.count, total, dimension, unit + range.lowerBound * dimension, lda: dimension,
            unit, ldb: dimension, transposeB: true, products, ldc: total)
          var penalty = 0
          for row in range {
            let (x, y) = (map[2 * row], map[2 * row + 1])
            for other in 0..<total {
              let dx = map[2 &* other] - x
              let dy = map[2 &* other &+ 1] - y
              scratch[other] = -(dx * dx + dy * dy)
            }
            scratch[row] = -.infinity
            var best = [Float](repeating: -.infinity, count: k)
            var ids = [Int32](repeating: -1, count: k)
            pk_best_of_row(total, scratch, 0, 1, k, &best, &ids)
            let line = products + (row - range.lowerBound) * total
            line[row] = -.infinity
            for id in ids where id >= 0 {
              let rank = 1 + pk_count_above(total, line, line[Int(id)])
              penalty += max(0, rank - k)
            }
          }
          penalties[range.lowerBound / block] = penalty
        }
      }
    }
  }
  let worst = Double(total * k) * Double(2 * total - 3 * k - 1) / 2
  return 1 - Double(penalties.reduce(0, +)) / worst
}
