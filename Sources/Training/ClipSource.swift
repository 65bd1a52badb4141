import ClipData

/// Batches from an index of videos: the loader ahead of training, and the held-out clips.
package final class ClipSource: BatchSource {
  package let stepsPerEpoch: Int
  /// Indices into the index's `videos`.
  package let training: [Int]
  package let heldOut: [Int]

  private let builder: ClipBuilder
  private let heldOutClips: HeldOutClips
  private let seed: UInt64
  private let threads: Int
  private var loader: ClipLoader?
  private var nextStep = 0

  /// Splits the videos of `builder.index`, `holdout` of them apart, and decodes on `threads`
  /// threads.
  ///
  /// Throws where no video is left to train on.
  package init(
    _ builder: ClipBuilder, holdout: Double, seed: UInt64, threads: Int
  ) throws(TrainingError) {
    (training, heldOut) = builder.index.split(holdout: holdout)
    guard !training.isEmpty else {
      throw .noData(reason: "no usable video to train on; palindrome scan lists the reasons")
    }
    self.builder = builder
    self.seed = seed
    self.threads = threads
    heldOutClips = HeldOutClips(builder, videos: heldOut)
    let batch = builder.settings.videos
    stepsPerEpoch = (training.count + batch - 1) / batch
  }

  package func batch(step: Int) throws -> ClipBatch {
    if loader == nil || step != nextStep {
      loader = try ClipLoader(
        builder, videos: training, seed: seed, firstStep: step, threads: threads)
      nextStep = step
    }
    nextStep += 1
    guard let batch = try loader?.next().batch else { throw ClipLoaderError.stopped }
    return batch
  }

  package func name(ofVideo number: Int) -> String { builder.index.videos[number].relativePath }

  package func heldOutBatch(_ index: Int) throws -> (batch: ClipBatch?, skipped: [String])? {
    let size = builder.settings.videos
    guard index < heldOutClips.batchCount(size: size) else { return nil }
    return try heldOutClips.batch(index, size: size)
  }
}
