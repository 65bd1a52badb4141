import CKernels
import TensorCore

/// Features less their mean, each divided by its deviation over the training samples (as scikit-learn's
/// StandardScaler), and all by the square root of their number: rows have a length of about 1, and the strength of a
/// penalty means the same for any number of features.
package struct Standardisation: Sendable {
  package let mean: [Double]
  package let deviation: [Double]

  package init(mean: [Double], deviation: [Double]) {
    precondition(
      mean.count == deviation.count, "\(deviation.count) deviations of \(mean.count) means")
    (self.mean, self.deviation) = (mean, deviation)
  }

  /// Measures rows [N, D]. A feature that does not change is left at its size.
  package init(_ features: Tensor) {
    let (count, width) = (features.shape[0], features.shape[1])
    var sum = [Double](repeating: 0, count: width)
    var squares = sum
    features.withData { pk_column_sums(count, width, $0, &sum) }
    let mean = sum.map { $0 / Double(max(1, count)) }
    features.withData { data in
      for row in 0..<count {
        for column in 0..<width {
          let value = Double(data[row &* width &+ column]) - mean[column]
          squares[column] += value * value
        }
      }
    }
    self.mean = mean
    deviation = squares.map {
      let value = ($0 / Double(max(1, count))).squareRoot()
      return value > 1e-7 ? value : 1
    }
  }

  /// The rows of `features` brought to the common scale.
  package func callAsFunction(_ features: Tensor) -> Tensor {
    let (count, width) = (features.shape[0], features.shape[1])
    let root = Double(width).squareRoot()
    let factors = deviation.map { 1 / ($0 * root) }
    return .make([count, width]) { out in
      features.withData { data in
        for row in 0..<count {
          for column in 0..<width {
            let place = row &* width &+ column
            out[place] = Float((Double(data[place]) - mean[column]) * factors[column])
          }
        }
      }
    }
  }
}

extension Tensor {
  /// The rows at `indices` of a matrix.
  package func rows(_ indices: [Int]) -> Tensor {
    let width = shape[1]
    return .make([indices.count, width]) { out in
      withData { data in
        for (place, row) in indices.enumerated() {
          (out + place * width).update(from: data + row * width, count: width)
        }
      }
    }
  }
}
