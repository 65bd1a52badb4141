import TensorCore

/// One head of an ensemble.
struct Member: Sendable, Equatable {
  var part: Part
  var head: AnyHead
  /// By which its logits are divided.
  var temperature: Double

  /// The calibrated probabilities of all clips, the mean over the views of the logits; nil for a clip without that part.
  func predict(_ features: [Part: PartFeatures]) -> [[Double]?] {
    guard let part = features[part] else { return [] }
    let logits = Self.meanLogits(head, part.views)
    return logits.indices.map { row in
      part.present[row] ? Distribution.softmax(logits[row], temperature: temperature) : nil
    }
  }

  /// The mean over matrices of the same rows.
  static func meanLogits(_ head: some Head, _ views: [Tensor]) -> [[Double]] {
    var sum = head.logits(views[0])
    for view in views.dropFirst() {
      for (row, logits) in head.logits(view).enumerated() {
        for place in logits.indices { sum[row][place] += logits[place] }
      }
    }
    let share = 1 / Double(views.count)
    return sum.map { $0.map { $0 * share } }
  }
}

/// Heads whose calibrated probabilities are averaged.
struct Ensemble: Sendable, Equatable {
  var classes: Int
  var members: [Member]
  /// By which the logarithms of the mean are divided: a mean of calibrated predictions is too careful.
  var temperature = 1.0
  /// What is added to the logits of the classes then; empty for nothing.
  var bias: [Double] = []

  /// The probabilities of all clips; even ones for a clip that no member sees.
  func predict(_ features: [Part: PartFeatures]) -> Probabilities {
    combine(members.map { $0.predict(features) })
  }

  /// The mean over the members that say something of each clip, calibrated and aligned.
  func combine(_ votes: [[[Double]?]]) -> Probabilities {
    (0..<(votes.first?.count ?? 0)).map { row in
      let known = votes.compactMap { $0[row] }
      guard !known.isEmpty else { return Distribution.uniform(classes) }
      let mean = Distribution.mean(known, classes: classes)
      let logits = Distribution.logits(mean).map { $0 / temperature }
      return Distribution.softmax(bias.isEmpty ? logits : zip(logits, bias).map { $0 + $1 })
    }
  }
}
