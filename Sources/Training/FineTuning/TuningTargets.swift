import Autodiff
import TensorCore

/// What each clip of a step is to be told as, and how much that counts.
struct TuningTargets {
  /// For each clip of the strongly changed ones a distribution and a weight.
  private let clips: [(target: [Double], weight: Double)]

  /// Labelled clips: their label, smoothed, together of weight 1. Unlabelled ones: the mix of what the frozen classifier
  /// and, by `share`, the teacher say of them, weighted by how sure it is (1 less its entropy in shares of the greatest).
  init(
    _ batch: TuningBatch, teacher: [[Double]?], share: Double, classes: Int, plan: FineTuningPlan
  ) {
    let known = batch.labels.map { label -> (target: [Double], weight: Double) in
      let rest = plan.smoothing / Double(max(1, classes))
      return (
        (0..<classes).map { $0 == label ? 1 - plan.smoothing + rest : rest },
        1 / Double(batch.labels.count)
      )
    }
    let told = zip(batch.targets, teacher).map { frozen, taught in
      let mix = taught.map { zip(frozen, $0).map { (1 - share) * $0 + share * $1 } } ?? frozen
      let sureness = 1 - relativeEntropy(mix)
      return (
        target: mix,
        weight: plan.unlabelledWeight * max(0, sureness) / Double(batch.targets.count)
      )
    }
    clips = known + told
  }

  func rows(_ numbers: [Int]) -> [(target: [Double], weight: Double)] {
    numbers.map { clips[$0] }
  }

  /// -Σ weight · Σ target · log softmax over all rows; nil without any.
  static func loss(
    _ parts: [(logits: Variable, rows: [(target: [Double], weight: Double)])], tape: Tape
  ) -> Variable? {
    let terms = parts.filter { !$0.rows.isEmpty }.map { part -> (weight: Float, value: Variable) in
      let weighted = part.rows.flatMap { row in row.target.map { Float($0 * row.weight) } }
      let targets = tape.constant(Tensor(weighted, part.logits.shape))
      return (-1, tape.sum(tape.multiply(tape.logSoftmaxRows(part.logits), targets)))
    }
    return terms.isEmpty ? nil : tape.weightedSum(terms)
  }
}
