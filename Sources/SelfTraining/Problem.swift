import TensorCore

/// A task of telling clips apart with some labels visible: the whole of it, or with those of one fold hidden.
struct Problem: Sendable {
  /// Every clip, as each part.
  let features: [Part: PartFeatures]
  /// The parts that heads are fitted to.
  let parts: [Part]
  let classes: Int
  /// Those of which the class is visible.
  let labelled: [LabelledClip]
  /// The rows of the others that have any part.
  let unlabelled: [Int]
  let settings: SelfTrainingSettings
  /// To the shares that the classes are taken to have among the unlabelled; nil where nothing is aligned.
  let alignment: Alignment?

  init(
    features: [Part: PartFeatures], classes: Int, labelled: [LabelledClip],
    settings: SelfTrainingSettings
  ) {
    (self.features, self.classes) = (features, classes)
    (self.labelled, self.settings) = (labelled, settings)
    // A part that some class is never seen in would be learnt as that class's absence.
    parts = Part.allCases.filter { part in
      guard let present = features[part]?.present else { return false }
      let seen = Set(labelled.filter { present[$0.row] }.map(\.label))
      return seen.count == classes
    }
    let known = Set(labelled.map(\.row))
    let clips = features.values.first?.present.count ?? 0
    unlabelled = (0..<clips).filter { row in
      !known.contains(row) && features.values.contains { $0.present[row] }
    }
    alignment = Alignment(settings.prior, labels: labelled.map(\.label), classes: classes)
  }

  /// A stream of random numbers of its own for each use within a round.
  func random(round: Int, part: Part, _ use: Int) -> CounterRandom {
    let place = Part.allCases.firstIndex(of: part) ?? 0
    return CounterRandom(
      seed: settings.seed, purpose: .heads, epoch: round, video: place, step: use)
  }

  /// What is said of unlabelled clips, aligned.
  func aligned(_ rows: Probabilities) -> Probabilities { alignment.map { $0(rows) } ?? rows }

  /// The distribution that is all on one class.
  func certain(_ label: Int) -> [Double] { (0..<classes).map { $0 == label ? 1 : 0 } }
}
