/// A classifier and how it came about.
package struct SelfTrainingResult: Sendable {
  /// The kept heads.
  package var classifier: TrainedClassifier
  package var record: SelfTrainingRecord
  /// What they say of every clip, in the order of the rows.
  package var predictions: [ClipPrediction]
  /// How far every clip is from the nearest labelled one, in units of the distance beyond which a clip is out of the
  /// set; 0 where there is no such distance.
  package var distances: [Double]
  /// What fits that did not see a labelled clip say of it, and its place among the labels: one for each repetition that
  /// hid it, so that shares of them are those of the record. Strangeness is that among the other labelled clips.
  package var outOfFold: [(clip: Int, prediction: ClipPrediction)]

  /// What the heads of all rounds say, [heads][clips].
  let votes: [[[Double]?]]
  let features: [Part: PartFeatures]
  let labelled: [Int]
  let candidates: [Int]

  /// From this confidence on a clip of the labelled classes counts as told already.
  package static let sure = 0.9

  /// Whether the classifier is sure of the clip in a row, so that its label would tell little.
  package func isSure(_ row: Int) -> Bool {
    predictions[row].confidence >= Self.sure && !predictions[row].isOutOfSet
  }

  /// The rows whose labels would help most, the best first; neither labelled ones nor those of the test list. Clips that
  /// the classifier is sure of come last, where no others are left.
  package func listNext(_ count: Int) -> [NextClip] {
    func chosen(_ count: Int, of rows: [Int], besides known: [Int]) -> [NextClip] {
      NextClips.chosen(
        count, votes: votes, features: features, candidates: rows, labelled: known,
        classes: classifier.classes.count)
    }
    let open = chosen(count, of: candidates.filter { !isSure($0) }, besides: labelled)
    return open
      + chosen(
        count - open.count, of: candidates.filter(isSure), besides: labelled + open.map(\.row))
  }
}
