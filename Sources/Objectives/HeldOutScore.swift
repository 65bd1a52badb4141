/// A score on held-out videos beside the score of guessing.
package struct HeldOutScore: Sendable, Equatable {
  package let name: String
  package let value: Double
  package let chance: Double
  /// How many decisions the value is the mean of.
  package let count: Int

  package init(name: String, value: Double, chance: Double, count: Int) {
    self.name = name
    self.value = value
    self.chance = chance
    self.count = count
  }
}

/// Gathers what an objective's scores need, batch by batch, so that no batch need be kept.
package protocol HeldOutScorer: AnyObject {
  func add(_ context: StepContext)
  /// The scores over all batches so far; none where there was too little to decide.
  var scores: [HeldOutScore] { get }
}
