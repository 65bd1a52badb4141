import Autodiff
import CKernels
import TensorCore

/// Changes parameters by their gradients, with a memory of its own for each parameter.
package protocol Optimiser: AnyObject {
  /// Moves every parameter that has a gradient; one without keeps its value and its memory.
  ///
  /// `gradients[i]` belongs to `parameters[i]` and is multiplied by `gradientScale` (the clipping
  /// factor) first. Weight decay falls on parameters of role `.weight` alone.
  func step(
    _ parameters: [Parameter], gradients: [Tensor?], gradientScale: Float, learningRate: Double)

  /// The memory by `<parameter>.<slot>`: what a checkpoint must hold for an exact resume.
  var state: [String: Tensor] { get set }
}

/// The optimisers by the word that names them in the settings.
package enum OptimiserKind: String, Sendable, Codable, CaseIterable {
  case adamw, sgd, lars

  /// One with its customary constants.
  package func make(weightDecay: Double) -> any Optimiser {
    switch self {
    case .adamw: AdamW(weightDecay: weightDecay)
    case .sgd: MomentumDescent(weightDecay: weightDecay)
    case .lars: LARS(weightDecay: weightDecay)
    }
  }
}

/// Checks the lists that a step receives and calls `body` for each parameter that has a gradient.
func forEachGradient(
  _ parameters: [Parameter], _ gradients: [Tensor?], _ body: (Parameter, Tensor) -> Void
) {
  precondition(
    parameters.count == gradients.count,
    "a step over \(parameters.count) parameters with \(gradients.count) gradients")
  for (parameter, gradient) in zip(parameters, gradients) {
    guard let gradient, parameter.role != .buffer else { continue }
    precondition(
      gradient.shape == parameter.value.shape,
      "a gradient of \(gradient.shape.text) for \(parameter.name) of "
        + parameter.value.shape.text)
    body(parameter, gradient)
  }
}

/// The Euclidean norm of all the gradients taken as one vector, in double precision. Sums of blocks
/// are added in the order of the parameters: the same bits for any number of threads.
package func globalNorm(_ gradients: [Tensor?]) -> Double {
  gradients.reduce(0) { $0 + ($1?.sumOfSquares ?? 0) }.squareRoot()
}

/// The factor that brings gradients of norm `norm` down to `limit`; 1 when they are within it, or
/// when `limit` is 0 (Pascanu, Mikolov, Bengio, ICML 2013).
package func clippingFactor(norm: Double, limit: Double) -> Float {
  limit > 0 && norm > limit ? Float(limit / norm) : 1
}
