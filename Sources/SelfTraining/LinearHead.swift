import CKernels
import Evaluation
import TensorCore

/// x Wᵀ + b, found by logistic regression.
struct LinearHead: Head, Equatable {
  /// W [classes, D], row after row, and b [classes].
  let weights: [Float]
  let bias: [Float]

  init(weights: [Float], bias: [Float]) {
    precondition(
      !bias.isEmpty && weights.count % bias.count == 0,
      "\(weights.count) weights for \(bias.count) classes")
    (self.weights, self.bias) = (weights, bias)
  }

  /// Of two classes the first has the logit 0.
  init(_ fit: LogisticRegression) {
    let rows = fit.coefficients.map { $0.map(Float.init) }
    let bias = fit.intercepts.map(Float.init)
    let none = fit.classes - rows.count
    let width = rows.first?.count ?? 0
    self.init(
      weights: [Float](repeating: 0, count: none * width) + rows.joined(),
      bias: [Float](repeating: 0, count: none) + bias)
  }

  var classes: Int { bias.count }
  var inputs: Int { weights.count / bias.count }

  func logits(_ features: Tensor) -> [[Double]] {
    let products = matmul(
      features, transposed: false, Tensor(weights, [classes, inputs]), transposed: true)
    return products.withData { products in
      (0..<features.shape[0]).map { row in
        (0..<classes).map { Double(products[row * classes + $0] + bias[$0]) }
      }
    }
  }
}
