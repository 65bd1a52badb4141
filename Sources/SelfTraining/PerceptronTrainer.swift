import CKernels
import TensorCore

/// AdamW (Loshchilov, Hutter, ICLR 2019) on the values of a perceptron, its biases without decay.
package struct PerceptronTrainer: Sendable {
  /// What is held against the targets of the rows behind the labelled ones.
  package enum Consistency: Sendable {
    case crossEntropy
    /// The mean over the classes of the squared difference of probabilities.
    case squaredError
  }

  package private(set) var perceptron: Perceptron
  private let decay: Double
  private var first: [Float]
  private var second: [Float]
  private var powers = (first: 1.0, second: 1.0)

  private static let betas = (first: 0.9, second: 0.99)

  package init(_ perceptron: Perceptron, decay: Double) {
    self.perceptron = perceptron
    self.decay = decay
    first = perceptron.values.map { _ in 0 }
    second = first
  }

  /// One step against Σ weightᵢ · loss(targetᵢ, softmax(logitsᵢ)) over the rows of `batch`: the cross entropy for the
  /// first `labelled` of them, `consistency` for the others.
  package mutating func step(
    _ batch: NoisyBatch, labelled: Int, consistency: Consistency = .crossEntropy, rate: Double
  ) {
    let (rows, classes, hidden) = (batch.weights.count, perceptron.classes, perceptron.hidden)
    batch.features.withData { x in
      withScratch(rows * (hidden + classes) + perceptron.values.count) { room in
        let (logits, gradient) = (room + rows * hidden, room + rows * (hidden + classes))
        perceptron.forward(x, rows, hiddens: room, out: logits)
        for row in 0..<rows {
          let slopes = logits + row * classes
          _ = pk_softmax_row(classes, 1, slopes, nil, slopes)
          let isSquared = row >= labelled && consistency == .squaredError
          batch.targets.withUnsafeBufferPointer { targets in
            guard let target = targets.baseAddress.map({ $0 + row * classes }) else { return }
            Self.slope(slopes, target, classes, weight: batch.weights[row], isSquared: isSquared)
          }
        }
        perceptron.gradient(x, rows, hiddens: room, slopes: logits, into: gradient)
        update(gradient, rate: rate)
      }
    }
  }

  /// Turns the probabilities p of a row into the gradient of its loss by the logits: w (p - t), or of the squared error
  /// 2w/K p ∘ (d - Σ p d) with d = p - t.
  private static func slope(
    _ p: UnsafeMutablePointer<Float>, _ target: UnsafePointer<Float>, _ classes: Int,
    weight: Float, isSquared: Bool
  ) {
    guard isSquared else {
      for place in 0..<classes { p[place] = weight * (p[place] - target[place]) }
      return
    }
    var mean: Float = 0
    for place in 0..<classes { mean += p[place] * (p[place] - target[place]) }
    let factor = 2 * weight / Float(classes)
    for place in 0..<classes {
      p[place] = factor * p[place] * (p[place] - target[place] - mean)
    }
  }

  private mutating func update(_ gradient: UnsafePointer<Float>, rate: Double) {
    powers.first *= Self.betas.first
    powers.second *= Self.betas.second
    func constants(_ decay: Double) -> pk_adamw_step {
      pk_adamw_step(
        gradient_scale: 1, first_rate: Float(1 - Self.betas.first),
        second_decay: Float(Self.betas.second), second_rate: Float(1 - Self.betas.second),
        root_correction: Float(1 / (1 - powers.second).squareRoot()), epsilon: 1e-8,
        keep: Float(1 - rate * decay), step: Float(rate / (1 - powers.first)))
    }
    let (weights, count) = (perceptron.firstBias, perceptron.values.count)
    var (decayed, plain) = (constants(decay), constants(0))
    perceptron.values.withUnsafeMutableBufferPointer { values in
      first.withUnsafeMutableBufferPointer { first in
        second.withUnsafeMutableBufferPointer { second in
          guard let x = values.baseAddress, let m = first.baseAddress, let v = second.baseAddress
          else { return }
          pk_adamw(weights, &decayed, gradient, m, v, x)
          pk_adamw(
            count - weights, &plain, gradient + weights, m + weights, v + weights, x + weights)
        }
      }
    }
  }
}
