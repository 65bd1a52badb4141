/// A measure over the frames of one object, as DAVIS sums it up (Perazzi et al., CVPR 2016).
package struct SequenceStatistics: Sendable, Equatable {
  package var mean: Double
  /// The share of frames above 0.5.
  package var recall: Double
  /// The mean of the first quarter of the frames less that of the last.
  package var decay: Double

  /// From one value a frame, the first and the last frame of the video already left out. Quarters share
  /// their border frames, and their borders are rounded as the official evaluator rounds them.
  package init(_ values: [Double]) {
    guard !values.isEmpty else {
      (mean, recall, decay) = (.nan, .nan, .nan)
      return
    }
    mean = Self.mean(values[...])
    recall = Double(values.count { $0 > 0.5 }) / Double(values.count)
    let borders = (0...4).map { quarter in
      let place = 1 + Double(values.count - 1) * Double(quarter) / 4
      return Int((place + 1e-10).rounded(.toNearestOrEven)) - 1
    }
    decay = Self.mean(values[borders[0]...borders[1]]) - Self.mean(values[borders[3]...borders[4]])
  }

  init(mean: Double, recall: Double, decay: Double) {
    self.mean = mean
    self.recall = recall
    self.decay = decay
  }

  private static func mean(_ values: ArraySlice<Double>) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}
