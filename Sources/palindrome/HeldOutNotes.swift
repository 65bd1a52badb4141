import ClipData
import Evaluation
import Objectives
import Training

/// What is to be said of the videos of a run before it begins: of scores that it cannot have, or that say less than they
/// seem to.
enum HeldOutNotes {
  static func lines(
    _ configuration: TrainingConfiguration, _ index: VideoIndex, _ clips: ClipSource
  ) -> [String] {
    var lines: [String] = []
    if clips.heldOut.isEmpty, configuration.holdout > 0 {
      lines.append("one video cannot be held out and learnt from: there will be no scores")
    }
    let others = configuration.objectives.filter { $0.type != Walk.self }.map { $0.type.name }
    if clips.training.count == 1, !others.isEmpty {
      lines.append(
        "of one video alone \(others.joined(separator: " and ")) learns nothing; add videos, or give "
          + "--objectives \(Walk.name)")
    }
    if let known = known(configuration, index, clips), known.count > 0 {
      lines.append(
        "\(known.count) of the \(clips.heldOut.count) held-out videos were trained on by the run in --init, which makes "
          + "their scores too good; give --holdout \(known.holdout) as it had, and the same folders"
      )
    }
    return lines
  }

  /// How many of the held-out videos the run that this one begins with was trained on, and the share that it held out.
  private static func known(
    _ configuration: TrainingConfiguration, _ index: VideoIndex, _ clips: ClipSource
  ) -> (count: Int, holdout: Double)? {
    guard !configuration.initialWeights.isEmpty,
      let source = try? ModelSource(configuration.initialWeights),
      let before = try? source.trainingConfiguration(), let trained = try? source.trainedFiles()
    else { return nil }
    let count = clips.heldOut.map { index.videos[$0] }.count { video in
      trained.contains(
        MediaFile(
          relativePath: video.relativePath, path: video.path, identity: video.identity))
    }
    return (count, before.holdout)
  }
}
