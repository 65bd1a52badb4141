import Synchronization
import TensorCore

/// The endless sequence of training videos: every epoch is a permutation of its own of all of them, so
/// each video gives one clip (of each view) an epoch, however long it is.
package final class EpochOrder: Sendable {
  /// Indices into `VideoIndex.videos`.
  package let videos: [Int]
  private let seed: UInt64
  private let recent = Mutex([Int: [Int]]())

  package init(videos: [Int], seed: UInt64) {
    precondition(!videos.isEmpty, "an order of no videos")
    self.videos = videos
    self.seed = seed
  }

  /// The video at a place of the sequence, counted from 0 through all epochs.
  package func video(at position: Int) -> (epoch: Int, video: Int) {
    let epoch = position / videos.count
    return (epoch, permutation(epoch)[position % videos.count])
  }

  private func permutation(_ epoch: Int) -> [Int] {
    recent.withLock { recent in
      if let known = recent[epoch] { return known }
      var random = CounterRandom(seed: seed, purpose: .order, epoch: epoch)
      var order = videos
      for last in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(last, random.integer(below: last + 1))
      }
      // Threads that run ahead stand in the next epoch while others are still in this one.
      if recent.count >= 4, let oldest = recent.keys.min() { recent[oldest] = nil }
      recent[epoch] = order
      return order
    }
  }

  /// The places to try, in this order, for `slot` of the batch of `step`, when batches are `batch` videos
  /// large: its own place, then those of the same slot in the next batches (so that two slots of a
  /// batch do not reach for the same video), at last one after the other through a whole epoch.
  package func places(
    step: Int, slot: Int, batch: Int
  ) -> some RandomAccessCollection<Int> {
    let own = step * batch + slot
    let strides = 16
    // The first is nearly always enough: each is made when it is asked for.
    return (0..<strides + 2 * videos.count).lazy.map { number in
      own + min(number, strides) * batch + max(0, number - strides)
    }
  }
}
