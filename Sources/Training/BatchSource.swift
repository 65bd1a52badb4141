import ClipData

/// Where the trainer gets its batches: the loader of clips, or a test's synthetic ones.
package protocol BatchSource: AnyObject {
  /// Steps in which about every training video is seen once; at least 1.
  var stepsPerEpoch: Int { get }

  /// The batch of a training step: a function of the step alone, whatever was asked for before. The
  /// trainer asks for rising steps, so that a source can prepare what comes next.
  func batch(step: Int) throws -> ClipBatch

  /// The `index`-th batch of held-out videos, always the same, without augmentation: its clips, nil
  /// when none could be decoded, and the videos left out with the reason. Nil past the last.
  func heldOutBatch(_ index: Int) throws -> (batch: ClipBatch?, skipped: [String])?

  /// The name of a video by its number in `ClipBatch.videos`, as the user knows it.
  func name(ofVideo number: Int) -> String
}
