/// Limited-memory BFGS (Nocedal, "Updating quasi-Newton matrices with limited storage", 1980; Liu, Nocedal 1989) with
/// a line search for the strong Wolfe conditions.
package struct LBFGS: Sendable {
  /// Pairs of steps and gradient changes that are kept.
  package var memory = 10
  package var iterations = 1000
  /// The largest magnitude of the gradient's entries at which the search ends.
  package var tolerance = 1e-6

  package init() {}

  package struct Result: Sendable {
    package var point: [Double]
    package var value: Double
    package var iterations: Int
    /// Whether the gradient fell below the tolerance.
    package var converged: Bool
  }

  /// Minimises a smooth function from `start`; `function` gives the value and writes the gradient.
  package func minimise(
    from start: [Double], _ function: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) -> Result {
    var x = start
    var gradient = [Double](repeating: 0, count: x.count)
    var value = function(x, &gradient)
    var pairs: [(step: [Double], change: [Double], rho: Double)] = []
    for iteration in 0..<iterations {
      if Self.largest(gradient) <= tolerance {
        return Result(point: x, value: value, iterations: iteration, converged: true)
      }
      var direction = Self.direction(gradient, pairs)
      var slope = Self.dot(direction, gradient)
      if slope >= 0 {
        pairs = []
        direction = gradient.map { -$0 }
        slope = Self.dot(direction, gradient)
      }
      let first = pairs.isEmpty ? min(1, 1 / max(1e-12, Self.norm(gradient))) : 1
      guard
        let next = Self.search(
          x, value, slope, direction, from: first, function)
      else {
        guard !pairs.isEmpty else {
          return Result(point: x, value: value, iterations: iteration, converged: false)
        }
        // The memory may be stale; the plain gradient is tried once more.
        pairs = []
        continue
      }
      let step = direction.map { $0 * next.length }
      let change = zip(next.gradient, gradient).map { $0 - $1 }
      let curvature = Self.dot(step, change)
      if curvature > 1e-14 * Self.dot(change, change) {
        pairs.append((step, change, 1 / curvature))
        if pairs.count > memory { pairs.removeFirst() }
      }
      (x, value, gradient) = (next.point, next.value, next.gradient)
    }
    return Result(
      point: x, value: value, iterations: iterations,
      converged: Self.largest(gradient) <= tolerance)
  }

  /// The two-loop recursion.
  private static func direction(
    _ gradient: [Double], _ pairs: [(step: [Double], change: [Double], rho: Double)]
  ) -> [Double] {
    var q = gradient
    var weights = [Double](repeating: 0, count: pairs.count)
    for (place, pair) in pairs.enumerated().reversed() {
      weights[place] = pair.rho * dot(pair.step, q)
      add(-weights[place], pair.change, to: &q)
    }
    if let last = pairs.last {
      let scale = 1 / (last.rho * dot(last.change, last.change))
      for index in q.indices { q[index] *= scale }
    }
    for (place, pair) in pairs.enumerated() {
      add(weights[place] - pair.rho * dot(pair.change, q), pair.step, to: &q)
    }
    for index in q.indices { q[index] = -q[index] }
    return q
  }

  private struct Trial {
    var length: Double
    var point: [Double]
    var value: Double
    var gradient: [Double]
    var slope: Double
  }

  /// A step length by bracketing and zooming (Nocedal, Wright, "Numerical Optimization", algorithms 3.5 and 3.6);
  /// nil where rounding leaves nothing to gain.
  private static func search(
    _ x: [Double], _ value: Double, _ slope: Double, _ direction: [Double], from first: Double,
    _ function: ([Double], inout [Double]) -> Double
  ) -> Trial? {
    func trial(_ length: Double) -> Trial {
      var point = x
      add(length, direction, to: &point)
      var gradient = [Double](repeating: 0, count: x.count)
      let value = function(point, &gradient)
      return Trial(
        length: length, point: point, value: value, gradient: gradient,
        slope: dot(gradient, direction))
    }
    // Values are sums of single-precision terms: a rise within their rounding is none.
    let noise = 1e-9 * max(1, abs(value))
    func isTooHigh(_ t: Trial) -> Bool {
      !t.value.isFinite || t.value > value + 1e-4 * t.length * slope + noise
    }
    func isFlat(_ t: Trial) -> Bool { abs(t.slope) <= -0.9 * slope }
    var low = Trial(length: 0, point: x, value: value, gradient: [], slope: slope)
    var high: Trial?
    var length = first
    for _ in 0..<40 {
      let now = trial(length)
      if isTooHigh(now) || (low.length > 0 && now.value >= low.value + noise) {
        high = now
      } else if isFlat(now) {
        return now
      } else if now.slope * ((high?.length ?? .infinity) - low.length) >= 0 {
        high = low
        low = now
      } else {
        low = now
      }
      if let high {
        // The least of the parabola through both, kept off the ends; the middle where that is no number.
        let width = high.length - low.length
        let quadratic =
          high.value.isFinite
          ? -low.slope * width * width / (2 * (high.value - low.value - low.slope * width))
          : width / 2
        let part = quadratic.isFinite ? quadratic / width : 0.5
        length = low.length + width * min(0.9, max(0.1, part))
        if abs(width) < 1e-12 * max(1, abs(low.length)) { break }
      } else {
        length *= 2
      }
    }
    return low.length > 0 ? low : nil
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }

  private static func largest(_ a: [Double]) -> Double { a.reduce(0) { max($0, abs($1)) } }

  private static func add(_ factor: Double, _ x: [Double], to y: inout [Double]) {
    for index in y.indices { y[index] += factor * x[index] }
  }
}
