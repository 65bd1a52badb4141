import Autodiff
import TensorCore

/// Compares an operation with a float64 reference: its value, and its gradients with central
/// differences of the reference.
package struct GradientCheck {
  /// A gradient or value passes where |got - wanted| <= absolute + relative × |wanted|, the absolute part
  /// taken as a share of the largest magnitude in `wanted` where that is above 1.
  package var absolute = 2e-5
  package var relative = 2e-4
  /// The step of the central differences in float64: their error is about step² × third derivative.
  package var step = 1e-5
  /// At most so many elements of each input are moved; which ones is drawn from the seed.
  package var samples = 150
  package var seed: UInt64 = 0

  package init(
    absolute: Double = 2e-5, relative: Double = 2e-4, samples: Int = 150, seed: UInt64 = 0
  ) {
    self.absolute = absolute
    self.relative = relative
    self.samples = samples
    self.seed = seed
  }

  /// Standard normal numbers that depend on the seed and on `stream` alone.
  package func normal(_ shape: Shape, stream: Int = 0, scale: Float = 1) -> Tensor {
    var random = CounterRandom(seed: seed, purpose: .test, step: stream)
    return Tensor((0..<shape.elements).map { _ in random.normal() * scale }, shape)
  }

  /// What is wrong with the operation at these inputs; empty where all is well.
  ///
  /// - Parameters:
  ///   - differentiable: which inputs' gradients are compared; all by default.
  ///   - operation: the operation on the tape.
  ///   - reference: the same function written independently in float64, row-major in and out.
  package func failures(
    _ inputs: [Tensor], differentiable: [Bool]? = nil, training: Bool = true,
    operation: (Tape, [Variable]) -> Variable, reference: ([[Double]]) -> [Double]
  ) -> [String] {
    let wanted = differentiable ?? inputs.map { _ in true }
    let tape = Tape(training: training)
    let leaves = zip(inputs, wanted).map { $1 ? tape.leaf($0) : tape.constant($0) }
    let output = operation(tape, leaves)
    var points = inputs.map { $0.array.map(Double.init) }
    var failures = compare("value", output.value.array, reference(points))
    guard failures.isEmpty else { return failures }

    let weights = normal(output.shape, stream: -1)
    let seeds = weights.array.map(Double.init)
    tape.backward(from: output, gradient: weights)
    for index in inputs.indices where wanted[index] {
      let elements = chosen(points[index].count, stream: index)
      let difference = elements.map { element in
        let centre = points[index][element]
        points[index][element] = centre + step
        let above = zip(reference(points), seeds).reduce(0) { $0 + $1.0 * $1.1 }
        points[index][element] = centre - step
        let below = zip(reference(points), seeds).reduce(0) { $0 + $1.0 * $1.1 }
        points[index][element] = centre
        return (above - below) / (2 * step)
      }
      guard let gradient = leaves[index].gradient else {
        failures.append("no gradient reached input \(index)")
        continue
      }
      let got = gradient.array
      failures += compare(
        "gradient of input \(index) at \(elements)", elements.map { got[$0] }, difference)
    }
    failures += aloneFailures(inputs, wanted, leaves, weights, training, operation)
    return failures
  }

  private func chosen(_ count: Int, stream: Int) -> [Int] {
    guard count > samples else { return Array(0..<count) }
    var random = CounterRandom(seed: seed, purpose: .test, video: 1, step: stream)
    return Array((0..<count).shuffled(using: &random).prefix(samples)).sorted()
  }

  /// The gradient of an input must not depend on whether the others want theirs.
  private func aloneFailures(
    _ inputs: [Tensor], _ wanted: [Bool], _ together: [Variable], _ weights: Tensor,
    _ training: Bool, _ operation: (Tape, [Variable]) -> Variable
  ) -> [String] {
    inputs.indices.compactMap { index in
      guard wanted[index], inputs.count > 1 else { return nil }
      let tape = Tape(training: training)
      let leaves = inputs.indices.map {
        $0 == index ? tape.leaf(inputs[$0]) : tape.constant(inputs[$0])
      }
      tape.backward(from: operation(tape, leaves), gradient: weights)
      let same = leaves[index].gradient?.array == together[index].gradient?.array
      let others = leaves.indices.allSatisfy { $0 == index || leaves[$0].gradient == nil }
      return same && others ? nil : "input \(index) alone gets another gradient"
    }
  }

  /// The first element that is too far off, in words.
  package func compare(_ name: String, _ got: [Float], _ wanted: [Double]) -> [String] {
    guard got.count == wanted.count else {
      return ["\(name): \(got.count) elements, wanted \(wanted.count)"]
    }
    let scale = wanted.reduce(1) { max($0, abs($1)) }
    for index in got.indices
    where !isClose(
      Double(got[index]), wanted[index], absolute: absolute * scale, relative: relative)
    {
      return ["\(name): element \(index) is \(got[index]), wanted \(wanted[index])"]
    }
    return []
  }
}

/// How far the gradient of a whole loss is from its slope along a direction, relative to the slope.
///
/// For losses that are too large for element by element checks, in float32 throughout. The direction is
/// the gradient's own plus as long a random one; the slope is taken by central differences at two steps
/// and extrapolated (Richardson), which leaves an error of the fourth order.
///
/// - Parameters:
///   - point: the values at which the gradient is checked.
///   - step: how far to move, as a share of the length of `point`.
///   - loss: the loss and the gradient of each value; must not draw anew at each call.
package func directionalError(
  at point: [Tensor], step: Double = 1e-3, seed: UInt64 = 0,
  loss: ([Tensor]) -> (loss: Double, gradients: [Tensor?])
) -> Double {
  let gradients = loss(point).gradients
  let gradientNorm = gradients.reduce(0) { $0 + ($1?.sumOfSquares ?? 0) }.squareRoot()
  let pointNorm = point.reduce(0) { $0 + $1.sumOfSquares }.squareRoot()
  guard gradientNorm > 0, pointNorm > 0 else { return gradientNorm > 0 ? .infinity : 0 }
  let count = Double(point.reduce(0) { $0 + $1.count })
  var random = CounterRandom(seed: seed, purpose: .test, step: 77)
  let directions = zip(point, gradients).map { value, gradient in
    let own = gradient?.array ?? [Float](repeating: 0, count: value.count)
    return own.map { Double($0) / gradientNorm + Double(random.normal()) / count.squareRoot() }
  }
  let analytic = zip(directions, gradients).reduce(0) { total, pair in
    guard let gradient = pair.1 else { return total }
    return total + zip(pair.0, gradient.array).reduce(0) { $0 + $1.0 * Double($1.1) }
  }
  func slope(_ length: Double) -> Double {
    let ends = [length, -length].map { signed in
      loss(
        zip(point, directions).map { value, direction in
          Tensor(
            zip(value.array, direction).map { Float(Double($0) + signed * $1) }, value.shape)
        }
      ).loss
    }
    return (ends[0] - ends[1]) / (2 * length)
  }
  let length = step * pointNorm
  let extrapolated = (4 * slope(length / 2) - slope(length)) / 3
  return abs(extrapolated - analytic) / max(abs(analytic), 1e-12)
}
