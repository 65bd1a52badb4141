import Foundation

/// The entropy of a distribution over classes divided by the greatest there is (0 ... 1): how undecided it is.
package func relativeEntropy(_ p: [Double]) -> Double {
  p.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 } / log(Double(max(2, p.count)))
}
