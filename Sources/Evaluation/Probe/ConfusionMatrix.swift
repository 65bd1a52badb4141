/// How often each class was taken for each class.
package struct ConfusionMatrix: Sendable, Equatable {
  package let classes: [String]
  /// [true class][predicted class]
  package private(set) var counts: [[Int]]

  package init(classes: [String]) {
    self.classes = classes
    counts = classes.map { _ in classes.map { _ in 0 } }
  }

  package mutating func add(truth: Int, predicted: Int) { counts[truth][predicted] += 1 }

  /// The share of the samples of each class that were found; nil for a class without any.
  package var recalls: [Double?] {
    counts.enumerated().map { place, row in
      let sum = row.reduce(0, +)
      return sum > 0 ? Double(row[place]) / Double(sum) : nil
    }
  }

  package var accuracy: Double {
    let total = counts.joined().reduce(0, +)
    return Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(max(1, total))
  }

  /// The mean of the recalls.
  package var balancedAccuracy: Double {
    let known = recalls.compactMap { $0 }
    return known.reduce(0, +) / Double(max(1, known.count))
  }
}
