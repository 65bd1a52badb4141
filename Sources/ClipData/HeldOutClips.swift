import Synchronization
import TensorCore

/// The clips of the held-out videos, the same in every run: in each round two views of each video at
/// different times, the middle of the frame, nothing random.
package struct HeldOutClips: Sendable {
  private let builder: ClipBuilder
  /// Indices into `VideoIndex.videos`.
  package let videos: [Int]
  /// Views of each video in one round.
  package let views: Int
  /// How often the videos are gone through, each time at other moments: the fewer they are the more
  /// often, so that a score is the mean of some decisions.
  package let rounds: Int

  package init(_ builder: ClipBuilder, videos: [Int], views: Int = 2, rounds: Int? = nil) {
    self.builder = builder
    self.videos = videos
    self.views = views
    self.rounds = rounds ?? min(8, max(1, 64 / max(1, videos.count)))
  }

  /// How many batches of `size` videos there are; the last of a round may be smaller.
  package func batchCount(size: Int) -> Int { rounds * batchesARound(size) }

  private func batchesARound(_ size: Int) -> Int { (videos.count + size - 1) / max(1, size) }

  /// Batch `number` of `size` videos, made on the threads of `parallelFor`. A video that cannot be decoded
  /// is left out and named in `skipped`; the batch is nil when none can. `ClipBatch.step` is `number`.
  /// Throws what is no fault of a video.
  package func batch(
    _ number: Int, size: Int
  ) throws(ClipLoaderError) -> (batch: ClipBatch?, skipped: [String]) {
    let (round, part) = number.quotientAndRemainder(dividingBy: batchesARound(size))
    let chosen = Array(videos[part * size..<min(videos.count, (part + 1) * size)])
    let outcomes = Mutex([Int: Result<ClipBuilder.Views, SegmentError>]())
    parallelFor(chosen.count) { place in
      let outcome: Result<ClipBuilder.Views, SegmentError>
      do throws(SegmentError) {
        outcome = .success(
          try builder.evaluation(
            video: chosen[place], views: views, round: (round, rounds)))
      } catch {
        outcome = .failure(error)
      }
      outcomes.withLock { $0[place] = outcome }
    }
    var parts: [ClipBuilder.Views] = []
    var skipped: [String] = []
    let found = outcomes.withLock { $0 }
    for (place, video) in chosen.enumerated() {
      switch found[place] {
      case .success(let part): parts.append(part)
      case .failure(.run(let error)): throw .run(error)
      case .failure(let error):
        skipped.append("\(builder.index.videos[video].relativePath): \(error)")
      case nil: break
      }
    }
    guard !parts.isEmpty else { return (nil, skipped) }
    let batch = ClipBatch(
      step: number, settings: builder.settings, views: views, parts, skipped: skipped)
    return (batch, skipped)
  }
}
