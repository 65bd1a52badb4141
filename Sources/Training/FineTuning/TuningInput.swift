import TensorCore

/// What the encoders see of some clips in one step of fine-tuning: pictures of one size and sounds of one length
/// together.
package struct TuningInput: Sendable {
  /// Pictures of one size.
  package struct Pictures: Sendable {
    /// Normalised RGB, [pictures, height, width, 3]: those of a clip follow each other in time.
    package var images: Tensor
    /// The number of each clip and how many pictures it has, one or more.
    package var clips: [(clip: Int, count: Int)]

    package init(images: Tensor, clips: [(clip: Int, count: Int)]) {
      precondition(
        images.shape.rank == 4 && clips.reduce(0) { $0 + $1.count } == images.shape[0]
          && clips.allSatisfy { $0.count > 0 },
        "pictures \(images.shape.text) of \(clips.count) clips")
      (self.images, self.clips) = (images, clips)
    }
  }
  /// Sounds of one length.
  package struct Sounds: Sendable {
    /// Log-mel [sounds, rows, 64, 1].
    package var spectrograms: Tensor
    /// The number of the clip that each is of.
    package var clips: [Int]

    package init(spectrograms: Tensor, clips: [Int]) {
      precondition(
        spectrograms.shape.rank == 4 && spectrograms.shape[0] == clips.count,
        "sounds \(spectrograms.shape.text) of \(clips.count) clips")
      (self.spectrograms, self.clips) = (spectrograms, clips)
    }
  }
  package var pictures: [Pictures]
  package var sounds: [Sounds]

  package init(pictures: [Pictures], sounds: [Sounds]) {
    (self.pictures, self.sounds) = (pictures, sounds)
  }
}

/// One step of fine-tuning: labelled clips, then unlabelled ones, both strongly changed, and the unlabelled ones again,
/// weakly changed, for the teacher.
package struct TuningBatch: Sendable {
  /// Clips 0 ..< labels.count are the labelled ones, the others those of `targets`.
  package var strong: TuningInput
  /// The unlabelled clips, numbered from 0.
  package var weak: TuningInput
  package var labels: [Int]
  /// What the frozen classifier says of each unlabelled clip, [unlabelled][classes].
  package var targets: [[Double]]

  package init(strong: TuningInput, weak: TuningInput, labels: [Int], targets: [[Double]]) {
    (self.strong, self.weak, self.labels, self.targets) = (strong, weak, labels, targets)
  }
}
