import Foundation

/// Calibration by one number (Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017): logits
/// are divided by the temperature under which clips that the fit did not see are most probable.
///
/// Few clips say little about it, so that log T has a normal prior around that of an expected temperature: what is
/// minimised is weight Σ -log softmax(z/T)[label] + (log(T / expected) / spread)² / 2. Measured on draws of labels, what ten
/// clips say of the temperature does more harm than good; a hundred have about as much say as the prior.
package enum Temperature {
  /// The deviation of log T that is expected before anything is seen.
  package static let spread = 0.15
  static let range = 0.05...20.0

  /// The temperature for logits [N][classes] of clips with those labels; the expected one without any.
  package static func fitted(
    _ logits: [[Double]], labels: [Int], weight: Double = 1, expected: Double = 1,
    spread: Double = spread
  ) -> Double {
    func cost(_ logT: Double) -> Double {
      let away = (logT - log(expected)) / spread
      return weight * loss(logits, labels: labels, temperature: exp(logT)) + 0.5 * away * away
    }
    let (low, high) = (log(range.lowerBound), log(range.upperBound))
    let steps = 40
    let grid = (0...steps).map { low + (high - low) * Double($0) / Double(steps) }
    let costs = grid.map(cost)
    let best = costs.indices.reduce(0) { costs[$1] < costs[$0] ? $1 : $0 }
    // Within one step to either side the cost has one minimum; it is cut down by the golden section.
    var (a, b) = (grid[max(0, best - 1)], grid[min(steps, best + 1)])
    let share = (5.0.squareRoot() - 1) / 2
    var (x, y) = (b - share * (b - a), a + share * (b - a))
    var (costX, costY) = (cost(x), cost(y))
    for _ in 0..<40 {
      if costX <= costY {
        (b, y, costY) = (y, x, costX)
        x = b - share * (b - a)
        costX = cost(x)
      } else {
        (a, x, costX) = (x, y, costY)
        y = a + share * (b - a)
        costY = cost(y)
      }
    }
    return exp((a + b) / 2)
  }

  /// Σ -log softmax(z/T)[label].
  package static func loss(_ logits: [[Double]], labels: [Int], temperature: Double) -> Double {
    zip(logits, labels).reduce(0) { sum, pair in
      let highest = pair.0.max() ?? 0
      let total = pair.0.reduce(0) { $0 + exp(($1 - highest) / temperature) }
      return sum + log(total) - (pair.0[pair.1] - highest) / temperature
    }
  }
}
