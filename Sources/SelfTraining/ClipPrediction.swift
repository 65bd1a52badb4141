/// What a classifier says of one clip.
package struct ClipPrediction: Sendable, Equatable {
  /// The calibrated probability of each class; they sum to 1.
  package var probabilities: [Double]
  /// How unlike all labelled clips it is: the share of labelled clips, judged out of fold, that are less unlike
  /// (0 ... 1).
  package var strangeness: Double
  /// Whether it is taken to be of no labelled class.
  package var isOutOfSet: Bool

  package init(probabilities: [Double], strangeness: Double, isOutOfSet: Bool) {
    (self.probabilities, self.strangeness) = (probabilities, strangeness)
    self.isOutOfSet = isOutOfSet
  }

  /// The most probable class and the one after it, the first of several.
  package var label: Int { order[0] }
  package var runnerUp: Int { order[1] }
  package var confidence: Double { probabilities[label] }

  private var order: [Int] {
    probabilities.indices.sorted {
      (-probabilities[$0], $0) < (-probabilities[$1], $1)
    }
  }
}
