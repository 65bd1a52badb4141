/// Intervals of accuracies.
package enum Accuracy {
  /// The 95 % interval of a share of `count` clips (Wilson 1927), which holds for few clips and for all or none right.
  static func interval(_ share: Double, count: Double) -> ClosedRange<Double> {
    let (n, z) = (max(1, count), 1.959964)
    let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half =
      z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return max(0, middle - half)...min(1, middle + half)
  }

  /// Clips of a group are alike in how hard they are; of the handful of groups that are labelled it cannot be told
  /// how much, so that no less than this correlation is reckoned with.
  static let leastCorrelation = 0.1

  /// How many clips apart say as much as these, which come in groups: their number divided by the design effect
  /// 1 + (m - 1) ρ (Kish 1965), with m clips a group and the correlation ρ within groups by the analysis of variance.
  ///
  /// - Parameters:
  ///   - right: for each clip how far it is told right, 0 ... 1.
  ///   - groups: theirs; those without any stand alone.
  package static func effectiveCount(right: [Double], groups: [String?]) -> Double {
    let count = Double(right.count)
    var members: [String: [Double]] = [:]
    for (place, group) in groups.enumerated() {
      members[group.map { "group \($0)" } ?? "clip \(place)", default: []].append(right[place])
    }
    // In the order of their names: sums of the same numbers in another order differ in their last bits.
    let parts = members.sorted { $0.key < $1.key }.map(\.value)
    let number = Double(parts.count)
    guard number > 1, number < count else { return number < count ? 1 : count }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func square(_ value: Double) -> Double { value * value }
    let middle = mean(right)
    let between =
      parts.reduce(0) { $0 + Double($1.count) * square(mean($1) - middle) } / (number - 1)
    let within =
      parts.reduce(0) { sum, part in
        let own = mean(part)
        return sum + part.reduce(0) { $0 + square($1 - own) }
      } / (count - number)
    let size = (count - parts.reduce(0) { $0 + square(Double($1.count)) } / count) / (number - 1)
    let all = between + (size - 1) * within
    let correlation = all > 0 ? (between - within) / all : 0
    return count / (1 + (size - 1) * min(1, max(leastCorrelation, correlation)))
  }
}
