import CKernels
import TensorCore

extension LabelPropagator {
  func neighbours(of features: Tensor) -> Neighbours {
    let k = settings.topK
    var found = Neighbours(cells: cells, count: k)
    found.scores.withUnsafeMutableBufferPointer { scores in
      found.ids.withUnsafeMutableBufferPointer { ids in
        nonisolated(unsafe) let (scores, ids) = (scores.baseAddress, ids.baseAddress)
        guard let scores, let ids else { return }
        features.withData { queries in
          parallelFor((height + 1) / 2) { pair in
            let y = 2 * pair
            let first = y * width
            let rows = min(2, height - y)
            anchorScores(
              queries + first * channels, rows * width, scores + first * k, ids + first * k)
            windowScores(
              queries + first * channels, y, rows, scores + first * k, ids + first * k)
          }
        }
      }
    }
    return found
  }

  /// Every cell of the marked frames, by matrix products that stay in the cache.
  private func anchorScores(
    _ queries: UnsafePointer<Float>, _ count: Int, _ best: UnsafeMutablePointer<Float>,
    _ ids: UnsafeMutablePointer<Int32>
  ) {
    let block = 16 * AnchorFrame.panel
    var scores = Tensor.make([count, block]) { _ in }
    scores.withMutableData { scores in
      for (index, anchor) in anchors.enumerated() {
        for start in stride(from: 0, to: cells, by: block) {
          let columns = min(block, cells - start)
          anchor.features.multiply(
            queries, count, columns: start..<start + columns, into: scores, block)
          for query in 0..<count {
            pk_best_of_row(
              columns, scores + query * block, Int32(index * cells + start), 1,
              settings.topK, best + query * settings.topK, ids + query * settings.topK)
          }
        }
      }
    }
  }

  /// The cells around in the recent frames, newest first: it tends to hold the best.
  private func windowScores(
    _ queries: UnsafePointer<Float>, _ y: Int, _ rows: Int, _ best: UnsafeMutablePointer<Float>,
    _ ids: UnsafeMutablePointer<Int32>
  ) {
    guard let newest = recent.last?.features else { return }
    let tiles = (width + 1) / 2
    let margin = newest.margin
    let widest = (2 * margin + 2 + 7) / 8 * 8
    var packed = Tensor.make([tiles, channels, 4]) { _ in }
    var scores = Tensor.make([tiles, 4, widest]) { _ in }
    packed.withMutableData { packed in
      pack(queries, rows: rows, tiles: tiles, into: packed)
      scores.withMutableData { scores in
        for index in recent.indices.reversed() {
          let frame = recent[index].features
          let id = Int32((anchors.count + index) * cells)
          let low = max(0, y - reaches.count + 1)
          let high = min(height - 1, y + rows - 1 + reaches.count - 1)
          for row in low...high {
            let upper = reach(row - y)
            let lower = rows == 2 ? reach(row - y - 1) : -1
            let reach = max(upper, lower)
            guard reach >= 0 else { continue }
            let columns = (2 * reach + 2 + 7) / 8 * 8
            var windows = pk_windows(
              columns: width, width: columns, margin: reach, reach: (upper, lower),
              copies: copies(of: index), first_id: id + Int32(row * width))
            frame.withRow(row) { keys in
              pk_row_scores(
                tiles, channels, packed, keys + margin - reach, frame.stride, columns, scores)
            }
            pk_best_of_windows(&windows, scores, settings.topK, best, ids)
          }
        }
      }
    }
  }

  private func reach(_ rows: Int) -> Int { abs(rows) < reaches.count ? reaches[abs(rows)] : -1 }

  /// 2×2 tiles of cells, a channel at a time; what lies beyond the border repeats the cell before it.
  private func pack(
    _ queries: UnsafePointer<Float>, rows: Int, tiles: Int, into packed: UnsafeMutablePointer<Float>
  ) {
    for tile in 0..<tiles {
      let left = queries + 2 * tile * channels
      let right = 2 * tile + 1 < width ? left + channels : left
      let below = rows == 2 ? width * channels : 0
      let out = packed + tile * channels * 4
      for c in 0..<channels {
        out[4 * c] = left[c]
        out[4 * c + 1] = right[c]
        out[4 * c + 2] = left[below + c]
        out[4 * c + 3] = right[below + c]
      }
    }
  }
}
