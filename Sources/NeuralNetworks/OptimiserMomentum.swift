import Autodiff
import CKernels
import TensorCore

/// Stochastic gradient descent with momentum, optionally with Nesterov's look-ahead (Sutskever,
/// Martens, Dahl, Hinton, ICML 2013), in PyTorch's form: the learning rate multiplies the whole
/// step.
package final class MomentumDescent: Optimiser {
  private let weightDecay: Double
  private let momentum: Double
  private let nesterov: Bool
  private var memory = MomentumMemory()

  package init(weightDecay: Double = 0, momentum: Double = 0.9, nesterov: Bool = false) {
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.nesterov = nesterov
  }

  package func step(
    _ parameters: [Parameter], gradients: [Tensor?], gradientScale: Float, learningRate: Double
  ) {
    forEachGradient(parameters, gradients) { parameter, gradient in
      memory.move(
        parameter, gradient, scale: gradientScale,
        decay: parameter.role == .weight ? weightDecay : 0, momentum: momentum,
        rate: learningRate, nesterov: nesterov)
    }
  }

  package var state: [String: Tensor] {
    get { memory.state }
    set { memory.state = newValue }
  }
}

/// Layer-wise adaptive rate scaling (You, Gitman, Ginsburg, "Large Batch Training of Convolutional
/// Networks", 2017, algorithm 1): a filter moves at the rate `trust · |w| / (|g| + decay · |w|)`
/// times the global one. Biases and the parameters of normalisation, whose norm says nothing about
/// their scale, take plain momentum steps without decay.
package final class LARS: Optimiser {
  private let weightDecay: Double
  private let momentum: Double
  private let trust: Double
  private var memory = MomentumMemory()

  package init(weightDecay: Double = 1e-4, momentum: Double = 0.9, trust: Double = 0.001) {
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.trust = trust
  }

  package func step(
    _ parameters: [Parameter], gradients: [Tensor?], gradientScale: Float, learningRate: Double
  ) {
    forEachGradient(parameters, gradients) { parameter, gradient in
      let adapts = parameter.role == .weight
      var local = 1.0
      if adapts {
        let weight = parameter.value.sumOfSquares.squareRoot()
        let slope = gradient.sumOfSquares.squareRoot() * Double(gradientScale)
        if weight > 0, slope > 0 { local = trust * weight / (slope + weightDecay * weight) }
      }
      // The paper's velocity holds rate · local · (g + decay · w): here both are folded into the
      // gradient.
      let rate = learningRate * local
      memory.move(
        parameter, gradient, scale: Float(rate) * gradientScale,
        decay: adapts ? rate * weightDecay : 0, momentum: momentum, rate: 1, nesterov: false)
    }
  }

  package var state: [String: Tensor] {
    get { memory.state }
    set { memory.state = newValue }
  }
}

/// A velocity for each parameter that has taken a step.
private struct MomentumMemory {
  private var velocities: [String: Tensor] = [:]

  mutating func move(
    _ parameter: Parameter, _ gradient: Tensor, scale: Float, decay: Double, momentum: Double,
    rate: Double, nesterov: Bool
  ) {
    // Taken out and put back, so that the velocity is changed in place and not copied.
    var velocity = velocities.removeValue(forKey: parameter.name) ?? .zeros(gradient.shape)
    let count = gradient.count
    gradient.withData { gradient in
      velocity.withMutableData { velocity in
        parameter.value.withMutableData { value in
          parallelRanges(count, block: elementwiseBlock) { range in
            let start = range.lowerBound
            pk_momentum(
              range.count, scale, Float(decay), Float(momentum), Float(rate), nesterov ? 1 : 0,
              gradient + start, velocity + start, value + start)
          }
        }
      }
    }
    velocities[parameter.name] = velocity
  }

  var state: [String: Tensor] {
    get {
      var state: [String: Tensor] = [:]
      for (name, velocity) in velocities { state[name + ".velocity"] = velocity }
      return state
    }
    set {
      velocities = [:]
      for (key, velocity) in newValue where key.hasSuffix(".velocity") {
        velocities[String(key.dropLast(".velocity".count))] = velocity
      }
    }
  }
}
