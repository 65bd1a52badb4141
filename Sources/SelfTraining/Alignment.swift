/// Distribution alignment (Berthelot et al., "ReMixMatch", ICLR 2020): predictions over the unlabelled clips are scaled, class by
/// class, towards shares that they should have on the whole.
enum Alignment {
  /// The shares that the labels, or the user's word, give to the classes; nil where nothing is aligned.
  static func shares(_ prior: ClassPrior, labels: [Int], classes: Int) -> [Double]? {
    let counts = (0..<classes).map { place in labels.count { $0 == place } }
    switch prior {
    case .none: return nil
    case .uniform: return Distribution.uniform(classes)
    case .labels: return Distribution.normalised(counts.map(Double.init))
    case .automatic:
      return (counts.min() ?? 0) < 5
        ? Distribution.uniform(classes) : Distribution.normalised(counts.map(Double.init))
    }
  }

  /// p ∝ p · share / mean(p) in each row.
  static func aligned(_ rows: Probabilities, to shares: [Double]?) -> Probabilities {
    guard let shares, !rows.isEmpty else { return rows }
    let mean = Distribution.mean(rows, classes: shares.count)
    let factors = zip(shares, mean).map { $0 / max($1, 1e-6) }
    return rows.map { row in Distribution.normalised(zip(row, factors).map { $0 * $1 }) }
  }
}
