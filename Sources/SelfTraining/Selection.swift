/// Which unlabelled clips a student learns from, and as what.
///
/// A clip is taken where its teacher is surer than is usual for clips that it was not taught (the mean out-of-fold
/// confidence), relaxed for classes of which it is less sure on the whole, as in FlexMatch (Zhang et al., NeurIPS 2021) and
/// FreeMatch (Wang et al., ICLR 2023); of each class no more than a share that grows from round to round, the surest
/// first; and not where pictures or sound alone speak for another class.
struct Selection: Sendable {
  var taken: [PseudoLabel] = []

  /// The share of the mean out-of-fold confidence that is asked of the class of which the teacher is surest. Soft labels
  /// carry their doubt with them, so that little is lost by taking doubtful clips, and much by taking easy ones alone.
  static let ease = 0.6

  /// - Parameters:
  ///   - state: the teacher.
  ///   - confidence: its mean out-of-fold confidence.
  ///   - share: of the unlabelled clips that are likely of a class, how many may be taken.
  init(_ state: RoundState, confidence: Double, share: Double, problem: Problem) {
    let rows = problem.unlabelled
    let said = problem.aligned(rows.map { state.predictions[$0] })
    let mean = Distribution.mean(said, classes: problem.classes)
    let most = mean.max() ?? 1
    let limits = mean.map { Self.ease * confidence * $0 / most }
    let contradicted = Self.contradicted(state, said, confidence, problem)
    for label in 0..<problem.classes {
      let cap = Int((share * mean[label] * Double(rows.count)).rounded(.up))
      let candidates = rows.indices.filter { index in
        Distribution.top(said[index]) == label && said[index][label] >= limits[label]
          && !contradicted[index]
      }
      let surest = candidates.sorted {
        (-said[$0][label], $0) < (-said[$1][label], $1)
      }.prefix(max(1, cap))
      taken += surest.map { PseudoLabel(row: rows[$0], target: said[$0], weight: 1) }
    }
    taken.sort { $0.row < $1.row }
  }

  /// Whether the heads of one part are together sure of another class than all.
  private static func contradicted(
    _ state: RoundState, _ said: Probabilities, _ confidence: Double, _ problem: Problem
  ) -> [Bool] {
    let rows = problem.unlabelled
    var result = rows.map { _ in false }
    guard problem.parts.contains(.video), problem.parts.contains(.audio) else { return result }
    for part in [Part.video, .audio] {
      let places = state.ensemble.members.indices.filter {
        state.ensemble.members[$0].part == part
      }
      for (index, row) in rows.enumerated() {
        let votes = places.compactMap { state.votes[$0][row] }
        guard !votes.isEmpty else { continue }
        let mean = Distribution.mean(votes, classes: problem.classes)
        let top = Distribution.top(mean)
        if top != Distribution.top(said[index]), mean[top] >= confidence { result[index] = true }
      }
    }
    return result
  }
}
