/// How far confidences can be taken at their word: clips in ten bins by their confidence, in each the share that is
/// right (Guo, Pleiss, Sun, Weinberger, ICML 2017).
package struct Reliability: Sendable, Equatable {
  package struct Bin: Sendable, Equatable {
    package var count = 0
    /// Means over the bin; 0 where it is empty.
    package var confidence = 0.0
    package var accuracy = 0.0
  }
  /// Of equal width, from 0 to 1.
  package let bins: [Bin]
  package var count: Int { bins.reduce(0) { $0 + $1.count } }

  /// The clips whose truth is known, each with what was said of it.
  package init(_ clips: [(prediction: ClipPrediction, truth: Int)], bins number: Int = 10) {
    var bins = [Bin](repeating: Bin(), count: number)
    for (prediction, truth) in clips {
      let place = min(number - 1, Int(prediction.confidence * Double(number)))
      bins[place].count += 1
      bins[place].confidence += prediction.confidence
      bins[place].accuracy += prediction.label == truth ? 1 : 0
    }
    for place in bins.indices where bins[place].count > 0 {
      bins[place].confidence /= Double(bins[place].count)
      bins[place].accuracy /= Double(bins[place].count)
    }
    self.bins = bins
  }

  /// The expected calibration error: the mean over the clips of the distance between their bin's confidence and its
  /// accuracy.
  package var error: Double {
    bins.reduce(0) { $0 + Double($1.count) * abs($1.confidence - $1.accuracy) }
      / Double(max(1, count))
  }
}
