/// A classifier and how it came about.
package struct SelfTrainingResult: Sendable {
  /// The kept heads.
  package var classifier: TrainedClassifier
  package var record: SelfTrainingRecord
  /// What they say of every clip, in the order of the rows.
  package var predictions: [ClipPrediction]
  /// What fits that did not see the clip say of each labelled clip, in the order of the labels. Strangeness is that among
  /// the other labelled clips.
  package var outOfFold: [ClipPrediction]

  /// What the heads of all rounds say, [heads][clips].
  let votes: [[[Double]?]]
  let features: [Part: PartFeatures]
  let labelled: [Int]
  let candidates: [Int]

  /// The rows whose labels would help most, the best first; neither labelled ones nor those of the test list.
  package func listNext(_ count: Int) -> [NextClip] {
    NextClips.chosen(
      count, votes: votes, features: features, candidates: candidates, labelled: labelled,
      classes: classifier.classes.count)
  }
}
