import TensorCore

/// The nearest examples of each class: the logit of a class is the mean of the `k` largest cosines with its examples, times
/// `sharpness`. One neighbour a class is the nearest-neighbour rule; all of them come near to the nearest class
/// mean. Unlike a count of votes it tells near from far, which calibration needs.
package struct NeighbourHead: Head, Equatable {
  let k: Int
  /// Rows of unit length, [N, D].
  let examples: Tensor
  let labels: [Int]
  let classes: Int

  /// Cosines lie in -1 ... 1; this brings them to the size of logits, the temperature does the rest.
  package static let sharpness = 10.0

  package init(k: Int, features: Tensor, labels: [Int], classes: Int) {
    precondition(
      features.shape.rank == 2 && features.shape[0] == labels.count && k > 0,
      "neighbours among \(features.shape.text) with \(labels.count) labels")
    self.init(k: k, units: features.unitRows(), labels: labels, classes: classes)
  }

  init(k: Int, units: Tensor, labels: [Int], classes: Int) {
    (self.k, examples, self.labels, self.classes) = (k, units, labels, classes)
  }

  package func logits(_ features: Tensor) -> [[Double]] {
    let cosines = matmul(features.unitRows(), transposed: false, examples, transposed: true)
    let members = (0..<classes).map { place in labels.indices.filter { labels[$0] == place } }
    let count = labels.count
    return cosines.withData { cosines in
      (0..<features.shape[0]).map { row in
        members.map { members in
          // A class without examples is as far as can be.
          guard !members.isEmpty else { return -Self.sharpness }
          return Self.sharpness * Self.meanOfLargest(cosines + row * count, members, k)
        }
      }
    }
  }

  private static func meanOfLargest(
    _ cosines: UnsafePointer<Float>, _ members: [Int], _ k: Int
  ) -> Double {
    if k >= members.count {
      return members.reduce(0) { $0 + Double(cosines[$1]) } / Double(members.count)
    }
    var best = [Float](repeating: -.infinity, count: k)
    for member in members where cosines[member] > best[k - 1] {
      var place = k - 1
      while place > 0, best[place - 1] < cosines[member] {
        best[place] = best[place - 1]
        place -= 1
      }
      best[place] = cosines[member]
    }
    return best.reduce(0) { $0 + Double($1) } / Double(k)
  }

  package static func == (a: NeighbourHead, b: NeighbourHead) -> Bool {
    a.k == b.k && a.labels == b.labels && a.classes == b.classes
      && a.examples.array == b.examples.array
  }
}
