import TensorCore

/// A clip that is worth labelling.
package struct NextClip: Sendable, Equatable {
  /// Its row in the views.
  package var row: Int
  /// How much the heads of all rounds differ about it: the mutual information of class and head (Houlsby et al.,
  /// "Bayesian active learning", 2011) divided by the greatest entropy (0 ... 1).
  package var disagreement: Double
  /// How undecided they are together: the entropy of their mean divided by the greatest (0 ... 1).
  package var doubt: Double
  /// From the nearest clip that is labelled or was chosen before it, 1 - cosine (0 ... 2).
  package var distance: Double
}

/// Clips whose labels would help most: those about which the heads are in doubt or differ, far from each other and from what
/// is labelled.
///
/// A greedy k-centre choice (Sener, Savarese, "Active learning for convolutional neural networks", ICLR 2018) whose
/// distances count by the entropy of the mean prediction: doubt alone picks many clips of one kind.
enum NextClips {
  /// - Parameters:
  ///   - votes: [heads][clips], nil where a head says nothing.
  ///   - features: all clips, of which the first view counts.
  ///   - candidates: rows to choose from.
  ///   - labelled: rows that are known.
  static func chosen(
    _ count: Int, votes: [[[Double]?]], features: [Part: PartFeatures], candidates: [Int],
    labelled: [Int], classes: Int
  ) -> [NextClip] {
    let doubts = candidates.map { row in doubt(votes.compactMap { $0[row] }, classes) }
    var distance = DistanceToChosen(features, candidates)
    for row in labelled { distance.add(row) }
    var rest = Array(candidates.indices)
    var result: [NextClip] = []
    while result.count < count, !rest.isEmpty {
      let worth = rest.map { (doubts[$0].entropy + 1e-3) * distance.values[$0] }
      let place = worth.indices.reduce(0) { worth[$1] > worth[$0] ? $1 : $0 }
      let index = rest.remove(at: place)
      let away = distance.values[index]
      distance.add(candidates[index])
      result.append(
        NextClip(
          row: candidates[index], disagreement: doubts[index].disagreement,
          doubt: doubts[index].entropy, distance: away))
    }
    return result
  }

  /// The entropy of the mean, and by how much it is above the mean of the entropies.
  static func doubt(_ votes: Probabilities, _ classes: Int) -> (
    entropy: Double, disagreement: Double
  ) {
    guard !votes.isEmpty else { return (1, 0) }
    let entropy = Distribution.entropy(Distribution.mean(votes, classes: classes))
    let own = votes.reduce(0) { $0 + Distribution.entropy($1) } / Double(votes.count)
    return (entropy, max(0, entropy - own))
  }
}

/// How far some clips are from the nearest of a growing number of others: 1 - cosine.
private struct DistanceToChosen {
  private let units: Tensor
  private let rows: [Int]
  private(set) var values: [Double]

  init(_ features: [Part: PartFeatures], _ rows: [Int]) {
    let part = features[.both] ?? features[.video] ?? features[.audio]
    units = (part?.views[0] ?? .zeros([0, 0])).unitRows()
    self.rows = rows
    values = rows.map { _ in 2 }
  }

  mutating func add(_ row: Int) {
    guard !rows.isEmpty else { return }
    let cosines = matmul(
      units.rows(rows), transposed: false, units.slice(row..<row + 1), transposed: true
    ).array
    for place in values.indices {
      values[place] = min(values[place], max(0, 1 - Double(cosines[place])))
    }
  }
}
