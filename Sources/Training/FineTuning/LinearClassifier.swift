import TensorCore

/// A linear classifier of the feature of one part of a clip, on a fixed scale: W ((x − mean) · factor) + b.
package struct LinearClassifier: Sendable, Equatable {
  /// Which encoder the feature is of.
  package enum Part: String, Sendable, CaseIterable { case video, audio }

  package let part: Part
  /// What is taken from each value of the feature and what the rest is multiplied with, [D].
  package let mean: [Float]
  package let factor: [Float]
  /// W [classes, D], row after row, and b [classes].
  package let weights: [Float]
  package let bias: [Float]

  package init(
    _ part: Part, mean: [Float], factor: [Float], weights: [Float], bias: [Float]
  ) {
    precondition(
      mean.count == factor.count && weights.count == mean.count * bias.count,
      "\(weights.count) weights for \(bias.count) classes of \(mean.count) values")
    (self.part, self.mean, self.factor) = (part, mean, factor)
    (self.weights, self.bias) = (weights, bias)
  }

  package var classes: Int { bias.count }
  package var dimensions: Int { mean.count }

  /// The columns of W in `range`, [classes, range.count].
  func columns(_ range: Range<Int>) -> Tensor {
    let values = (0..<classes).flatMap { row in
      weights[row * dimensions + range.lowerBound..<row * dimensions + range.upperBound]
    }
    return Tensor(values, [classes, range.count])
  }
}
