import TensorCore

/// Assignments of samples to folds of about the same classes.
package enum Folds {
  /// The fold of each sample, 0 ..< `count`.
  ///
  /// Samples of one group stay together. Groups are taken in a random order, those that weigh most on the classes
  /// first, and each goes to the fold in which it keeps the classes' shares most even (as scikit-learn's
  /// StratifiedGroupKFold). Without groups every sample is one, which deals out each class in turn.
  package static func stratified(
    labels: [Int], groups: [String]? = nil, count: Int, random: inout CounterRandom
  ) -> [Int] {
    guard let groups else { return dealt(labels, count, &random) }
    let classes = (labels.max() ?? 0) + 1
    var names: [String] = []
    var members: [String: [Int]] = [:]
    for (index, group) in groups.enumerated() {
      if members[group] == nil { names.append(group) }
      members[group, default: []].append(index)
    }
    let counts = names.map { name in
      (members[name] ?? []).reduce(into: [Double](repeating: 0, count: classes)) {
        $0[labels[$1]] += 1
      }
    }
    let totals = (0..<classes).map { place in counts.reduce(0) { $0 + $1[place] } }
    let order = permutation(names.count, &random).sorted {
      deviation(counts[$0]) > deviation(counts[$1])
    }
    var folds = [[Double]](
      repeating: [Double](repeating: 0, count: classes), count: count)
    var result = [Int](repeating: 0, count: labels.count)
    for group in order {
      func cost(_ fold: Int) -> (spread: Double, size: Double) {
        var trial = folds
        for place in 0..<classes { trial[fold][place] += counts[group][place] }
        let spread = (0..<classes).reduce(0.0) { sum, place in
          sum + deviation(trial.map { $0[place] / max(1, totals[place]) })
        }
        return (spread, trial[fold].reduce(0, +))
      }
      var best = (fold: 0, cost: cost(0))
      for fold in 1..<count {
        let next = cost(fold)
        let isBetter =
          next.spread < best.cost.spread - 1e-12
          || (abs(next.spread - best.cost.spread) <= 1e-12 && next.size < best.cost.size)
        if isBetter { best = (fold, next) }
      }
      for place in 0..<classes { folds[best.fold][place] += counts[group][place] }
      for index in members[names[group]] ?? [] { result[index] = best.fold }
    }
    return result
  }

  /// How many folds to make where `wanted` are: no more than the class with the most samples, or groups, has of them.
  ///
  /// With more, no class is in every fold, and a classifier that has seen fewer samples of the class it is asked for
  /// speaks against it. scikit-learn's StratifiedKFold refuses such folds.
  package static func count(_ wanted: Int, labels: [Int], groups: [String]? = nil) -> Int {
    max(2, min(wanted, mostOfAClass(labels: labels, groups: groups)))
  }

  /// Samples, or groups, of the class with the most of them.
  static func mostOfAClass(labels: [Int], groups: [String]? = nil) -> Int {
    Set(labels).map { label in
      let members = labels.indices.filter { labels[$0] == label }
      return groups.map { groups in Set(members.map { groups[$0] }).count } ?? members.count
    }.max() ?? 0
  }

  private static func dealt(
    _ labels: [Int], _ count: Int, _ random: inout CounterRandom
  ) -> [Int] {
    var result = [Int](repeating: 0, count: labels.count)
    // The next class begins where the one before ended, so that the folds are of one size.
    var next = 0
    for label in Set(labels).sorted() {
      let members = labels.indices.filter { labels[$0] == label }
      for place in permutation(members.count, &random) {
        result[members[place]] = next % count
        next += 1
      }
    }
    return result
  }

  /// 0 ..< count in a random order (Fisher, Yates).
  package static func permutation(_ count: Int, _ random: inout CounterRandom) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, random.integer(below: last + 1))
    }
    return order
  }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
  }
}
