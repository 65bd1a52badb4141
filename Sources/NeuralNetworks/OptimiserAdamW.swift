import Autodiff
import CKernels
import TensorCore

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay
/// Regularization", ICLR 2019).
package final class AdamW: Optimiser {
  private struct Memory {
    var first: Tensor
    var second: Tensor
    /// Steps that this parameter has taken; kept apart because a parameter may go without a
    /// gradient.
    var steps = 0
  }

  private let weightDecay: Double
  private let betas: (first: Double, second: Double)
  private let epsilon: Double
  private var memory: [String: Memory] = [:]

  package init(
    weightDecay: Double = 0.01, betas: (first: Double, second: Double) = (0.9, 0.999),
    epsilon: Double = 1e-8
  ) {
    self.weightDecay = weightDecay
    self.betas = betas
    self.epsilon = epsilon
  }

  package func step(
    _ parameters: [Parameter], gradients: [Tensor?], gradientScale: Float, learningRate: Double
  ) {
    forEachGradient(parameters, gradients) { parameter, gradient in
      // Taken out and put back, so that the moments are changed in place and not copied.
      var mine =
        memory.removeValue(forKey: parameter.name)
        ?? Memory(first: .zeros(gradient.shape), second: .zeros(gradient.shape))
      mine.steps += 1
      update(parameter, gradient, &mine, scale: gradientScale, rate: learningRate)
      memory[parameter.name] = mine
    }
  }

  private func update(
    _ parameter: Parameter, _ gradient: Tensor, _ memory: inout Memory, scale: Float, rate: Double
  ) {
    let decay = parameter.role == .weight ? rate * weightDecay : 0
    let firstCorrection = 1 - power(betas.first, memory.steps)
    let secondCorrection = 1 - power(betas.second, memory.steps)
    let constants = pk_adamw_step(
      gradient_scale: scale, first_rate: Float(1 - betas.first),
      second_decay: Float(betas.second), second_rate: Float(1 - betas.second),
      root_correction: Float(1 / secondCorrection.squareRoot()), epsilon: Float(epsilon),
      keep: Float(1 - decay), step: Float(rate / firstCorrection))
    let count = gradient.count
    gradient.withData { gradient in
      memory.first.withMutableData { first in
        memory.second.withMutableData { second in
          parameter.value.withMutableData { value in
            parallelRanges(count, block: elementwiseBlock) { range in
              let start = range.lowerBound
              withUnsafePointer(to: constants) {
                pk_adamw(
                  range.count, $0, gradient + start, first + start, second + start, value + start)
              }
            }
          }
        }
      }
    }
  }

  package var state: [String: Tensor] {
    get {
      var state: [String: Tensor] = [:]
      for (name, memory) in memory {
        state[name + ".first"] = memory.first
        state[name + ".second"] = memory.second
        state[name + ".steps"] = Tensor([Float(memory.steps)], [1])
      }
      return state
    }
    set {
      memory = [:]
      for (key, steps) in newValue where key.hasSuffix(".steps") {
        let name = String(key.dropLast(".steps".count))
        guard let first = newValue[name + ".first"], let second = newValue[name + ".second"]
        else { continue }
        memory[name] = Memory(first: first, second: second, steps: Int(steps.scalar))
      }
    }
  }
}

/// base^exponent by squaring: the same bits on every machine, unlike the C library's `pow`.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var result = 1.0
  var square = base
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
