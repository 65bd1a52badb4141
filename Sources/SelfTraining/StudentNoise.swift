import CKernels
import TensorCore

/// What is done to the features that a student sees: it must say of a spoilt clip what its teacher said of the whole one
/// (Xie et al., "Self-training with Noisy Student", CVPR 2020).
struct StudentNoise: Sendable, Equatable {
  /// The share of the features that are left out, the others grown to make up for it.
  var featureDropout = 0.0
  /// The share of the clips with pictures and sound that lose one of the two.
  var partDropout = 0.0
  /// Whether clips are mixed in pairs, and their targets alike (Zhang et al., "mixup", ICLR 2018).
  var mixup = false

  static let none = StudentNoise()
  static let weak = StudentNoise(featureDropout: 0.1)
  /// Mixing does most; measured, more dropout takes as much as it gives.
  static let student = StudentNoise(featureDropout: 0.1, partDropout: 0.2, mixup: true)
  static let strong = StudentNoise(featureDropout: 0.3, partDropout: 0.3, mixup: true)
}

/// Rows of features with the noise of one step.
package struct NoisyBatch: Sendable {
  /// [rows, D]
  var features: Tensor
  /// [rows × classes]
  var targets: [Float]
  var weights: [Float]
}

extension NoisyBatch {
  /// Each clip in a view drawn at random, spoilt by `noise`.
  init(
    _ part: PartFeatures, rows: [Int], targets: Probabilities, weights: [Double],
    noise: StudentNoise, random: inout CounterRandom
  ) {
    let width = part.dimensions
    let count = rows.count
    let classes = targets.first?.count ?? 0
    var draws = random
    var partners: [(row: Int, share: Float)] = []
    if noise.mixup {
      partners = (0..<count).map { _ in
        let share = draws.uniform()
        return (draws.integer(below: count), max(share, 1 - share))
      }
    }
    let clean = Tensor.make([count, width]) { out in
      for (place, row) in rows.enumerated() {
        let view = part.views[draws.integer(below: part.views.count)]
        view.withData { (out + place * width).update(from: $0 + row * width, count: width) }
        let parts = part.videoWidth > 0 && part.hasBoth[row] ? part.videoWidth : nil
        Self.spoil(out + place * width, width, parts, noise, &draws)
      }
    }
    random = draws
    guard noise.mixup else {
      features = clean
      self.targets = targets.flatMap { $0.map(Float.init) }
      self.weights = weights.map(Float.init)
      return
    }
    features = .make([count, width]) { out in
      clean.withData { clean in
        for (place, partner) in partners.enumerated() {
          let target = out + place * width
          target.update(from: clean + place * width, count: width)
          pk_lerp(width, 1 - partner.share, clean + partner.row * width, target)
        }
      }
    }
    var mixed = [Float](repeating: 0, count: count * classes)
    for (place, partner) in partners.enumerated() {
      for label in 0..<classes {
        mixed[place * classes + label] =
          partner.share * Float(targets[place][label])
          + (1 - partner.share) * Float(targets[partner.row][label])
      }
    }
    self.targets = mixed
    self.weights = partners.enumerated().map { place, partner in
      partner.share * Float(weights[place]) + (1 - partner.share) * Float(weights[partner.row])
    }
  }

  /// - Parameters:
  ///   - videoWidth: the columns of pictures at the left of those of sound, where the clip has both; nil elsewhere.
  private static func spoil(
    _ x: UnsafeMutablePointer<Float>, _ width: Int, _ videoWidth: Int?, _ noise: StudentNoise,
    _ random: inout CounterRandom
  ) {
    if noise.partDropout > 0, let videoWidth {
      let (lost, which) = (random.uniform(), random.uniform())
      if Double(lost) < noise.partDropout {
        let range = which < 0.5 ? 0..<videoWidth : videoWidth..<width
        (x + range.lowerBound).update(repeating: 0, count: range.count)
      }
    }
    guard noise.featureDropout > 0 else { return }
    let (share, growth) = (Float(noise.featureDropout), Float(1 / (1 - noise.featureDropout)))
    withScratch(width) { draws in
      random.fillUniform(UnsafeMutableBufferPointer(start: draws, count: width))
      for column in 0..<width { x[column] = draws[column] < share ? 0 : x[column] * growth }
    }
  }
}
