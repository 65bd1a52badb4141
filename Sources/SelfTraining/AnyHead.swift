import TensorCore

/// A head of one of the kinds.
enum AnyHead: Head, Equatable {
  case neighbours(NeighbourHead)
  case linear(LinearHead)
  case perceptron(Perceptron)

  func logits(_ features: Tensor) -> [[Double]] {
    switch self {
    case .neighbours(let head): head.logits(features)
    case .linear(let head): head.logits(features)
    case .perceptron(let head): head.logits(features)
    }
  }
}
