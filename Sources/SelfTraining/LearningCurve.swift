import Foundation

/// How accuracy grows with labels: the error falls as a power of 1 + the labels a class (inverse power laws: Cortes et al.,
/// "Learning curves: asymptotic values and rate of convergence", NeurIPS 1993; Figueroa et al., BMC Medical Informatics
/// 12, 2012).
///
/// Clips that a fit did not see are judged by fits to fewer labels than there are. At two labels a class that is half of
/// them, and what they get right is far from what all labels give. The power is that which leads from guessing, without any
/// label, to what they get right, and the square root at most: the first labels tell more than the next ones.
package struct LearningCurve: Sendable, Equatable {
  /// The accuracy of guessing, 1 / classes.
  package let chance: Double
  /// The largest power.
  static let steepest = 0.5
  /// Labels a class of the fits that judge, and all there are.
  package let seen: Double
  package let all: Double

  package init(classes: Int, seen: Double, all: Double) {
    chance = 1 / Double(max(1, classes))
    (self.seen, self.all) = (seen, max(seen, all))
  }

  /// The accuracy that all labels give where the seen ones give `accuracy`; one below chance stays.
  package func extrapolated(_ accuracy: Double) -> Double {
    guard accuracy > chance, accuracy < 1, seen > 0 else { return accuracy }
    let exponent = log((1 - chance) / (1 - accuracy)) / log(1 + seen)
    return 1 - (1 - accuracy) * pow((1 + all) / (1 + seen), -min(Self.steepest, exponent))
  }
}

extension LearningCurve {
  /// That of clips which are judged fold by fold.
  init(labels: Int, classes: Int, folds: [LabelFolds.Fold]) {
    let judged = folds.reduce(0) { $0 + $1.held.count }
    let seen = folds.reduce(0) { $0 + $1.held.count * $1.train.count }
    let share = 1 / Double(max(1, judged * classes))
    self.init(classes: classes, seen: Double(seen) * share, all: Double(labels) / Double(classes))
  }
}
