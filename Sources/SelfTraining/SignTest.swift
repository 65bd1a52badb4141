/// Whether gains outweigh losses by more than chance. If there were no difference, each gain would as soon have been a
/// loss: the chance of as much is the share of all the ways to change their signs (Fisher 1935). Gains of 1 make it the
/// sign test (for right and wrong McNemar's, 1947), ranks Wilcoxon's signed-rank test (1945). One-sided and exact.
enum SignTest {
  /// The share of the ways to give `gains` signs under which their sum is no smaller than it is.
  static func chance(_ gains: [Int]) -> Double {
    let sizes = gains.map(abs)
    // The sum is twice that of the gains above 0 less that of all sizes, so that the former tells it. ways[w]: the
    // chance that the sizes whose sign is drawn to be a gain's have the sum w.
    var ways = [1.0]
    for size in sizes where size > 0 {
      var next = [Double](repeating: 0, count: ways.count + size)
      for (sum, chance) in ways.enumerated() {
        next[sum] += 0.5 * chance
        next[sum + size] += 0.5 * chance
      }
      ways = next
    }
    let reached = gains.reduce(0) { $0 + max(0, $1) }
    return min(1, ways[reached...].reversed().reduce(0, +))
  }

  /// The sums of the gains of clips that are of one group, which change their signs together; clips without a group
  /// stand alone.
  static func together<Gain: Numeric>(_ gains: [Gain], groups: [String?]) -> [Gain] {
    var places: [String: Int] = [:]
    var sums: [Gain] = []
    for (gain, group) in zip(gains, groups) {
      if let group, let place = places[group] {
        sums[place] += gain
        continue
      }
      if let group { places[group] = sums.count }
      sums.append(gain)
    }
    return sums
  }
}
