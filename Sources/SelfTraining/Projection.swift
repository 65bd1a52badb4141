import Evaluation
import Neighbours
import TensorCore

/// Features along the directions in which clips differ most, those brought nearer to each other in size.
///
/// A handful of labels cannot tell which of hundreds of directions matter; how all clips spread, labelled or not, says
/// which hardly can. Standardised features are turned to their principal axes, and each is divided by the fourth root of
/// its variance: halfway between leaving the sizes as they are, under which the first axis drowns the rest, and whitening,
/// under which noise counts as much as anything. Rows have a length of about 1.
package struct Projection: Sendable, Equatable {
  /// [D]
  let mean: [Float]
  /// [axes, D]; or [D], a factor for each feature, where they stay what they are.
  let axes: Tensor

  /// The most axes.
  static let most = 32
  /// Axes with a smaller share of the first one's variance are noise of rounding.
  private static let leastShare = 1e-4

  package init(mean: [Float], axes: Tensor) {
    precondition(
      (1...2).contains(axes.shape.rank) && axes.shape[axes.shape.rank - 1] == mean.count,
      "axes of \(axes.shape.text) for \(mean.count) features")
    (self.mean, self.axes) = (mean, axes)
  }

  /// Leaves the features where they are, each less its mean and times its factor.
  init(mean: [Float], factors: [Float]) {
    self.init(mean: mean, axes: Tensor(factors, [factors.count]))
  }

  /// Measures rows [N, D].
  package init(_ features: Tensor) {
    let (rows, width) = (features.shape[0], features.shape[1])
    let scale = Standardisation(features)
    let principal = PrincipalAxes(
      scale(features), count: min(Self.most, rows, width), tolerance: 1e-6)
    let first = max(principal.variances[0], 1e-30)
    let kept = max(1, principal.variances.count { $0 >= Self.leastShare * first })
    let factors = principal.variances.prefix(kept).map {
      1 / max($0 / first, Self.leastShare).squareRoot().squareRoot()
    }
    let length = zip(factors, principal.variances).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
      .squareRoot()
    let root = Double(width).squareRoot()
    self.init(
      mean: scale.mean.map(Float.init),
      axes: .make([kept, width]) { out in
        principal.axes.withData { source in
          for axis in 0..<kept {
            let factor = factors[axis] / (length > 1e-12 ? length : 1)
            for column in 0..<width {
              let place = axis * width + column
              out[place] = Float(Double(source[place]) * factor / (scale.deviation[column] * root))
            }
          }
        }
      })
  }

  var inputs: Int { mean.count }
  var outputs: Int { axes.shape[0] }

  /// Where rows [N, D] lie, [N, axes].
  package func callAsFunction(_ features: Tensor) -> Tensor {
    let (rows, width) = (features.shape[0], features.shape[1])
    let isScale = axes.shape.rank == 1
    let factors = isScale ? axes.array : [Float](repeating: 1, count: width)
    let centred = Tensor.make(features.shape) { out in
      features.withData { source in
        for row in 0..<rows {
          for column in 0..<width {
            let place = row &* width &+ column
            out[place] = (source[place] - mean[column]) * factors[column]
          }
        }
      }
    }
    guard !isScale else { return centred }
    return matmul(centred, transposed: false, axes, transposed: true)
  }

  package static func == (a: Projection, b: Projection) -> Bool {
    a.mean == b.mean && a.axes.shape == b.axes.shape && a.axes.array == b.axes.array
  }
}
