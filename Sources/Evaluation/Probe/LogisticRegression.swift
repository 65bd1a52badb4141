import Foundation
import TensorCore

/// Multinomial logistic regression with a quadratic penalty on its coefficients and none on its intercepts.
///
/// Minimises C Σ wᵢ loss(xᵢ) + ½ ‖coefficients‖², as scikit-learn's LogisticRegression: the loss is the cross entropy of
/// the softmax, of the logistic function where there are two classes.
package struct LogisticRegression: Sendable {
  /// [rows, D]: a row a class, and one alone for two classes, of the second one.
  package let coefficients: [[Double]]
  package let intercepts: [Double]
  package let classes: Int
  /// Whether the search ended at a minimum.
  package let converged: Bool

  /// Fits rows [N, D] of `features` to `targets`.
  ///
  /// - Parameters:
  ///   - labels: the class of each row, 0 ..< `classes`. A class without a row is given what its absence tells.
  ///   - strength: C, the weight of the losses.
  ///   - weights: wᵢ; nil for 1 each.
  ///   - start: a fit of the same shape to begin from.
  package init(
    _ features: Tensor, labels: [Int], classes: Int, strength: Double, weights: [Double]? = nil,
    start: LogisticRegression? = nil, search: LBFGS = LBFGS()
  ) {
    precondition(
      labels.allSatisfy { (0..<classes).contains($0) }, "labels outside of 0..<\(classes)")
    let targets = labels.map { label in
      (0..<classes).map { $0 == label ? Float(1) : 0 }
    }
    self.init(
      features, targets: targets, strength: strength, weights: weights, start: start,
      search: search)
  }

  /// The same for soft targets: for each row the probability of each class.
  package init(
    _ features: Tensor, targets: [[Float]], strength: Double, weights: [Double]? = nil,
    start: LogisticRegression? = nil, search: LBFGS = LBFGS()
  ) {
    let classes = targets.first?.count ?? 0
    precondition(
      features.shape.rank == 2 && features.shape[0] == targets.count && classes > 1,
      "logistic regression of \(features.shape.text) on \(targets.count) targets of \(classes)")
    let problem = Problem(features, targets, weights, strength)
    let width = features.shape[1]
    let initial =
      start.map { $0.coefficients.flatMap { $0 } + $0.intercepts }
      ?? [Double](repeating: 0, count: problem.rows * (width + 1))
    let result = search.minimise(from: initial, problem.value)
    coefficients = (0..<problem.rows).map {
      Array(result.point[$0 * width..<($0 + 1) * width])
    }
    intercepts = Array(result.point[(problem.rows * width)...])
    self.classes = classes
    converged = result.converged
  }

  /// The logits of each row, [N][classes].
  package func logits(_ features: Tensor) -> [[Double]] {
    let scores = Self.scores(features, coefficients.flatMap { $0 }, intercepts)
    return classes > 2 ? scores : scores.map { [0, $0[0]] }
  }

  /// The class of the largest logit of each row, the first of several.
  package func predict(_ features: Tensor) -> [Int] {
    logits(features).map { row in
      row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
    }
  }

  /// x Wᵀ + b, [N][rows].
  private static func scores(
    _ features: Tensor, _ coefficients: [Double], _ intercepts: [Double]
  ) -> [[Double]] {
    let rows = intercepts.count
    let products = products(features, coefficients, rows: rows)
    return products.withData { products in
      (0..<features.shape[0]).map { (sample: Int) -> [Double] in
        (0..<rows).map { Double(products[sample * rows + $0]) + intercepts[$0] }
      }
    }
  }

  /// x Wᵀ, [N, rows].
  private static func products(
    _ features: Tensor, _ coefficients: [Double], rows: Int
  ) -> Tensor {
    let width = features.shape[1]
    let weights = Tensor.make([rows, width]) { out in
      for index in 0..<rows * width { out[index] = Float(coefficients[index]) }
    }
    return matmul(features, transposed: false, weights, transposed: true)
  }

  /// The penalised loss divided by C and the sum of the weights: what is minimised has a gradient of about the size of
  /// the features whatever C is.
  private struct Problem {
    let features: Tensor
    /// [N, classes], one row after the other.
    let targets: [Float]
    let weights: [Double]
    let penalty: Double
    let classes: Int
    /// Rows of coefficients.
    let rows: Int

    init(_ features: Tensor, _ targets: [[Float]], _ weights: [Double]?, _ strength: Double) {
      self.features = features
      self.targets = targets.flatMap { $0 }
      let given = weights ?? [Double](repeating: 1, count: targets.count)
      let total = max(1e-12, given.reduce(0, +))
      self.weights = given.map { $0 / total }
      penalty = 1 / (strength * total)
      classes = targets[0].count
      rows = classes == 2 ? 1 : classes
    }

    func value(_ point: [Double], _ gradient: inout [Double]) -> Double {
      let (count, width) = (features.shape[0], features.shape[1])
      let products = LogisticRegression.products(features, point, rows: rows)
      var loss = 0.0
      var slopes = [Double](repeating: 0, count: rows)
      let residuals = Tensor.make([count, rows]) { out in
        products.withData { products in
          withUnsafeTemporaryAllocation(of: Double.self, capacity: classes) { logits in
            for sample in 0..<count {
              loss += residual(
                sample, products + sample &* rows, point, width, logits, &slopes,
                out + sample &* rows)
            }
          }
        }
      }
      let weighted = matmul(residuals, transposed: true, features)
      weighted.withData { weighted in
        for index in 0..<rows &* width {
          let coefficient = point[index]
          gradient[index] = Double(weighted[index]) + penalty * coefficient
          loss += 0.5 * penalty * coefficient * coefficient
        }
      }
      for row in 0..<rows { gradient[rows &* width &+ row] = slopes[row] }
      return loss
    }

    /// The loss of one sample; writes what it adds to the gradient by logit to `out` and adds that to `slopes`.
    private func residual(
      _ sample: Int, _ products: UnsafePointer<Float>, _ point: [Double], _ width: Int,
      _ logits: UnsafeMutableBufferPointer<Double>, _ slopes: inout [Double],
      _ out: UnsafeMutablePointer<Float>
    ) -> Double {
      let first = classes &- rows
      logits[0] = 0
      for row in 0..<rows {
        logits[first &+ row] = Double(products[row]) + point[rows &* width &+ row]
      }
      var highest = logits[0]
      for place in 1..<classes { highest = max(highest, logits[place]) }
      var loss = 0.0
      var mass = 0.0
      var sum = 0.0
      for place in 0..<classes {
        let target = Double(targets[sample &* classes &+ place])
        loss -= target * (logits[place] - highest)
        mass += target
        logits[place] = exp(logits[place] - highest)
        sum += logits[place]
      }
      let weight = weights[sample]
      for row in 0..<rows {
        let target = Double(targets[sample &* classes &+ first &+ row])
        let residual = weight * (logits[first &+ row] / sum * mass - target)
        out[row] = Float(residual)
        slopes[row] += residual
      }
      return weight * (loss + mass * log(sum))
    }
  }
}
