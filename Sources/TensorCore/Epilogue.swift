import CKernels

/// What a convolution does to each block of its output while the block is in the cache.
package enum Epilogue {
  case none
  /// Gathers each channel's sum and sum of squares.
  case statistics(ChannelSums)
  /// value × factor + offset (+ residual) (then ReLU), by channel: normalisation by known statistics.
  case affine(factor: Tensor, offset: Tensor, residual: Tensor?, relu: Bool)
}

/// Sums by channel gathered block by block: each block writes its own row, and `totals` adds the rows in
/// order, so that the sum does not depend on who finished first.
package final class ChannelSums: @unchecked Sendable {
  private let channels: Int
  private var rows: [Double] = []

  package init(channels: Int) { self.channels = channels }

  /// Makes room for `blocks` blocks and calls `body` with the address of the first one's sums; block b's sums
  /// are at b × 2 × channels, its sums of squares follow them.
  package func withBlocks<R>(_ blocks: Int, _ body: (UnsafeMutablePointer<Double>) -> R) -> R {
    rows = [Double](repeating: 0, count: max(1, blocks) * 2 * channels)
    return rows.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else {
        preconditionFailure("sums over no channel")
      }
      return body(base)
    }
  }

  /// The sums and the sums of squares of all blocks, [channels] each.
  package var totals: (sum: [Double], squares: [Double]) {
    var sum = [Double](repeating: 0, count: channels)
    var squares = sum
    for row in stride(from: 0, to: rows.count, by: 2 * channels) {
      for channel in 0..<channels {
        sum[channel] += rows[row + channel]
        squares[channel] += rows[row + channels + channel]
      }
    }
    return (sum, squares)
  }
}

extension Epilogue {
  /// Calls `body` with the epilogue as kernels take it, given the number of a block, which a pass over `blocks`
  /// blocks asks for each.
  func withKernelEpilogue<R>(
    blocks: Int, channels: Int, _ body: ((Int) -> pk_epilogue) -> R
  ) -> R {
    switch self {
    case .none:
      return body { _ in pk_epilogue() }
    case .statistics(let sums):
      return sums.withBlocks(blocks) { base in
        body { block in
          var epilogue = pk_epilogue()
          epilogue.sum = base + block * 2 * channels
          epilogue.squares = base + block * 2 * channels + channels
          return epilogue
        }
      }
    case .affine(let factor, let offset, let residual, let relu):
      return withData(factor, offset, residual ?? factor) { factor, offset, held in
        body { _ in
          pk_epilogue(
            factor: factor, offset: offset, residual: residual == nil ? nil : held,
            relu: relu ? 1 : 0, sum: nil, squares: nil)
        }
      }
    }
  }
}
