import Media
import Storage

/// The scores of one sequence.
package struct SequenceScores: Sendable {
  package let name: String
  package let frames: Int
  package let objects: [(object: UInt8, scores: MaskScores)]
  /// The mean over the objects.
  package var mean: MaskScores { MaskScores(mean: objects.map(\.scores)) }
}

/// Judges label propagation over sequences with a mask a frame, as DAVIS does its semi-supervised task: the
/// first frame's mask is given, the first and the last frame are not judged.
package struct DavisEvaluation {
  let model: FeatureModel
  let settings: TrackingSettings
  /// Where the masks found go, `OUT/NAME/00000.png`; nil to keep none.
  let out: String?
  /// Training on each sequence before it is tracked, always from the same weights; nil for none.
  let adaptation: Adaptation?

  /// What decodes pictures and masks.
  let source: MediaSource

  package init(
    model: FeatureModel, settings: TrackingSettings, out: String? = nil,
    adaptation: Adaptation? = nil, source: MediaSource = MediaSource()
  ) {
    self.adaptation = adaptation
    self.source = source
    self.model = model
    self.settings = settings
    self.out = out
  }

  /// Tracks and scores one sequence; `progress` is told of each frame, and of none at each step of training before.
  package func run(
    _ sequence: MaskSequence, progress: (_ frame: Int, _ count: Int) throws -> Void = { _, _ in }
  ) throws -> SequenceScores {
    let reader = MaskReader(source)
    let raw = try reader.read(sequence.truthPath(ofFrame: sequence.frames[0]))
    let convention = MaskConvention(first: raw, merges: sequence.merges)
    let first = convention.truth(raw)
    guard !convention.objects.isEmpty else {
      throw EvaluationError(
        .badData, "\(sequence.truth.folder): the first mask holds no object; mark one to track it")
    }
    try model.check(
      GridGeometry(width: first.width, height: first.height, lines: settings.lines),
      of: sequence.frames[0])
    let weights = model.snapshot()
    defer { model.restore(weights) }
    try adaptation?.run(
      model, on: try FrameInput(Folder.parent(of: sequence.frames[0]), source: source)
    ) { _ in try progress(0, sequence.frames.count) }
    let tracker = Tracker(
      model: model, settings: settings, width: first.width, height: first.height)
    let scorer = SequenceScorer(objects: convention.objects)
    if let out { try Folder.create("\(out)/\(sequence.name)") }
    for (index, path) in sequence.frames.enumerated() {
      let pixels = try source.picture(
        path: path, width: tracker.grid.modelWidth, height: tracker.grid.modelHeight
      ).pixels
      let found = tracker.next(pixels, marks: index == 0 ? Marks(mask: first) : nil).mask
      if index > 0, index < sequence.frames.count - 1 {
        let truthPath = try sequence.truthPath(ofFrame: path)
        let truth = convention.truth(try reader.read(truthPath))
        guard truth.width == found.width, truth.height == found.height else {
          throw EvaluationError(
            .badData,
            "\(truthPath): \(truth.width)x\(truth.height), the first mask is "
              + "\(found.width)x\(found.height); give masks of one size")
        }
        scorer.add(found: found, truth: truth)
      }
      if let out {
        try ImageWriter.writeIndexedPNG(
          found.pixels, width: found.width, height: found.height,
          to: "\(out)/\(sequence.name)/\(Folder.lastName(of: path).dropLast(4)).png")
      }
      try progress(index + 1, sequence.frames.count)
    }
    return SequenceScores(
      name: sequence.name, frames: sequence.frames.count, objects: scorer.scores())
  }
}
