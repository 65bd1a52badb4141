import Foundation

/// A mean with the half-width of its confidence interval.
package struct Interval: Sendable, Equatable {
  package var mean: Double
  package var half: Double

  /// The mean of the scores of repeated k-fold cross-validation and its 95 % interval by the corrected resampled t-test
  /// (Nadeau, Bengio, "Inference for the generalization error", 2003): the scores share training samples, so that their
  /// variance is multiplied by 1/J + 1/(folds - 1) for J scores, not by 1/J.
  package init(crossValidated scores: [Double], folds: Int) {
    let count = Double(scores.count)
    mean = scores.reduce(0, +) / max(1, count)
    guard scores.count > 1, folds > 1 else {
      half = .infinity
      return
    }
    let centre = mean
    let variance = scores.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / (count - 1)
    half =
      StudentT.quantile(0.975, degrees: count - 1)
      * ((1 / count + 1 / Double(folds - 1)) * variance).squareRoot()
  }

  /// From one bound to the other; nil where there is no interval.
  package var range: ClosedRange<Double>? { half.isFinite ? mean - half...mean + half : nil }

  /// The same of a share, which lies in 0 ... 1.
  package var shares: ClosedRange<Double>? { range?.clamped(to: 0...1) }
}

/// Student's distribution.
package enum StudentT {
  /// The value below which the share `p` of the distribution lies.
  package static func quantile(_ p: Double, degrees: Double) -> Double {
    guard p != 0.5 else { return 0 }
    guard p > 0.5 else { return -quantile(1 - p, degrees: degrees) }
    var (low, high) = (0.0, 1.0)
    while cumulative(high, degrees: degrees) < p, high < 1e12 { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if cumulative(middle, degrees: degrees) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The share of the distribution below `t`, for t >= 0.
  static func cumulative(_ t: Double, degrees: Double) -> Double {
    1 - 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The regularised incomplete beta function, by its continued fraction (Abramowitz, Stegun 26.5.8; evaluated by Lentz's
  /// method).
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let logBeta: Double = lgamma(a) + lgamma(b) - lgamma(a + b)
    let powers: Double = a * log(x) + b * log(1 - x)
    let front: Double = exp(powers - logBeta) / a
    var c = 1.0
    var d = 1 / (1 - (a + b) * x / (a + 1))
    var fraction = d
    for step in 1..<300 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / (1 + even * d)
      c = 1 + even / c
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / (1 + odd * d)
      c = 1 + odd / c
      fraction *= d * c
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * fraction
  }
}
