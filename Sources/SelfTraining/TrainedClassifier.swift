import Settings
import Storage
import TensorCore

/// What a self-training leaves: it tells the classes of clips apart by their embeddings.
package struct TrainedClassifier: Sendable, Equatable {
  package let classes: [String]
  let space: FeatureSpace
  let ensemble: Ensemble
  let strangeness: Strangeness

  /// Columns that the views must have; 0 for a part that it was taught nothing of.
  package var videoDimensions: Int { space.video?.inputs ?? 0 }
  package var audioDimensions: Int { space.audio?.inputs ?? 0 }

  /// What it says of each clip, in the order of the views' rows: the mean over the views. Views of one part alone will do.
  /// A clip without any part that it knows is of no class.
  package func predict(_ views: ViewSet) -> [ClipPrediction] {
    precondition(
      [0, videoDimensions].contains(views.videoDimensions)
        || videoDimensions == 0,
      "pictures of \(views.videoDimensions) dimensions for a classifier of \(videoDimensions)")
    precondition(
      [0, audioDimensions].contains(views.audioDimensions)
        || audioDimensions == 0,
      "sounds of \(views.audioDimensions) dimensions for a classifier of \(audioDimensions)")
    let distances = strangeness.distances(views)
    return zip(ensemble.predict(space(views)), distances).map { probabilities, distance in
      ClipPrediction(
        probabilities: probabilities, strangeness: strangeness.share(distance),
        isOutOfSet: distance > strangeness.limit)
    }
  }
}
