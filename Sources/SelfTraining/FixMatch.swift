/// FixMatch (Sohn et al., NeurIPS 2020) on embeddings: what is said surely of a weakly changed clip is taught of the strongly
/// spoilt one. The limit adapts to the model and to each class (FreeMatch, Wang et al., ICLR 2023).
struct FixMatch: RoundMethod {
  private var students: OnlineStudents

  init(problem: Problem, baseline: LabelsOnly) { students = OnlineStudents(problem, baseline) }

  mutating func round(_ number: Int, teacher: RoundState) -> RoundState {
    let problem = students.problem
    students.train(
      round: number, noise: .strong, weight: Double(number) / Double(problem.settings.rounds),
      consistency: .crossEntropy
    ) { pupil, part, rows, random in
      let said = problem.aligned(pupil.weak(part, rows, problem, &random))
      let limits = Self.limits(said, problem.classes)
      return zip(rows, said).map { row, p in
        let top = Distribution.top(p)
        return PseudoLabel(
          row: row, target: problem.certain(top), weight: p[top] >= limits[top] ? 1 : 0)
      }
    }
    var state = RoundState(students.members, students.baseline, problem)
    let rows = problem.unlabelled
    let said = rows.map { state.predictions[$0] }
    let limits = Self.limits(said, problem.classes)
    state.taken = zip(rows, said).compactMap { row, p in
      let top = Distribution.top(p)
      return p[top] >= limits[top]
        ? PseudoLabel(row: row, target: p, weight: 1) : nil
    }
    return state
  }

  /// The mean confidence, scaled for each class by how much is expected of it (equations 5 to 8 there, for one batch).
  private static func limits(_ said: Probabilities, _ classes: Int) -> [Double] {
    let sure = said.reduce(0) { $0 + ($1.max() ?? 0) } / Double(max(1, said.count))
    let mean = Distribution.mean(said, classes: classes)
    let most = mean.max() ?? 1
    return mean.map { sure * $0 / most }
  }
}
