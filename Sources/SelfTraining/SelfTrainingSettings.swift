/// How unlabelled clips are made use of.
package enum SelfTrainingMethod: String, Sendable, CaseIterable {
  case noisyStudent = "noisy-student"
  case pseudo
  case fixmatch
  case meanTeacher = "mean-teacher"
}

/// What the shares of the classes among the unlabelled clips are taken to be.
package enum ClassPrior: String, Sendable, CaseIterable {
  /// Those of the labelled clips; even where a class has fewer than five of them, which then tell little.
  case automatic
  case labels
  case uniform
  /// Nothing: predictions are not aligned.
  case none
}

package struct SelfTrainingSettings: Sendable, Equatable {
  package var method = SelfTrainingMethod.noisyStudent
  package var prior = ClassPrior.automatic
  /// The most rounds after the labels alone.
  package var rounds = 3
  package var seed: UInt64 = 0

  package init() {}
}
