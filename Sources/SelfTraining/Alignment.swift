import Foundation

/// Distribution alignment (Berthelot et al., "ReMixMatch", ICLR 2020): predictions over the unlabelled clips are scaled, class by
/// class, towards shares that the classes are taken to have there.
///
/// Where the classes are as frequent as is assumed it is most of what self-training gains; where they are not it does harm that
/// no labelled clip can show. A prior that the user states is taken at its word; without one predictions are brought
/// only a third of the way.
package struct Alignment: Sendable, Equatable {
  package let shares: [Double]
  /// The exponent of the factors, 1 for the whole way.
  package let strength: Double

  /// That of a prior that nobody stated.
  package static let careful = 1.0 / 3

  package init(shares: [Double], strength: Double) {
    (self.shares, self.strength) = (shares, strength)
  }

  /// The shares that the labels, or the user's word, give to the classes; nil where nothing is aligned.
  package init?(_ prior: ClassPrior, labels: [Int], classes: Int) {
    let counts = (0..<classes).map { place in labels.count { $0 == place } }
    let counted = Distribution.normalised(counts.map(Double.init))
    let even = Distribution.uniform(classes)
    switch prior {
    case .none: return nil
    case .uniform: self.init(shares: even, strength: 1)
    case .labels: self.init(shares: counted, strength: 1)
    case .automatic:
      let isFew = (counts.min() ?? 0) < LabelFolds.few
      self.init(shares: isFew ? even : counted, strength: Self.careful)
    }
  }

  /// What is added to the logits of the classes, strength · log(share / mean).
  package func bias(_ rows: Probabilities) -> [Double] {
    let mean = Distribution.mean(rows, classes: shares.count)
    return zip(shares, mean).map { strength * log(max($0, 1e-6) / max($1, 1e-6)) }
  }

  /// p ∝ p (share / mean)^strength in each row.
  package func callAsFunction(_ rows: Probabilities) -> Probabilities {
    let factors = bias(rows).map { exp($0) }
    return rows.map { row in Distribution.normalised(zip(row, factors).map { $0 * $1 }) }
  }
}
