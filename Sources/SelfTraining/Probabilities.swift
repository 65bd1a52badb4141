import Foundation
import Training

/// Distributions over classes, one a clip: [clips][classes].
package typealias Probabilities = [[Double]]

package enum Distribution {
  /// softmax(z / T).
  package static func softmax(_ logits: [Double], temperature: Double = 1) -> [Double] {
    let highest = logits.max() ?? 0
    let powers = logits.map { exp(($0 - highest) / temperature) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  /// The logits of which the softmax is `p`; no probability counts as less than 1e-6.
  static func logits(_ p: [Double]) -> [Double] { p.map { log(max($0, 1e-6)) } }

  static func uniform(_ classes: Int) -> [Double] {
    [Double](repeating: 1 / Double(classes), count: classes)
  }

  /// The place of the largest, the first of several.
  static func top(_ p: [Double]) -> Int { p.indices.reduce(0) { p[$1] > p[$0] ? $1 : $0 } }

  /// Whether `label` is the most probable. Of a clip of which nothing is said all are alike, and it is not told right.
  static func isRight(_ p: [Double], _ label: Int) -> Bool {
    top(p) == label && p.contains { $0 != p[0] }
  }

  /// Scaled to a sum of 1; uniform where there is nothing to scale.
  static func normalised(_ p: [Double]) -> [Double] {
    let total = p.reduce(0, +)
    return total > 0 ? p.map { $0 / total } : uniform(p.count)
  }

  static func mean(_ rows: Probabilities, classes: Int) -> [Double] {
    guard !rows.isEmpty else { return uniform(classes) }
    var sum = [Double](repeating: 0, count: classes)
    for row in rows { for place in 0..<classes { sum[place] += row[place] } }
    return sum.map { $0 / Double(rows.count) }
  }

  /// Entropy divided by the greatest there is (0 ... 1).
  static func entropy(_ p: [Double]) -> Double { relativeEntropy(p) }
}
