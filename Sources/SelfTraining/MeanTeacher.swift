/// Mean teacher (Tarvainen, Valpola, NeurIPS 2017) on embeddings: the student says of a strongly spoilt clip what the running
/// mean of its own values says of it in another view.
struct MeanTeacher: RoundMethod {
  private var students: OnlineStudents

  /// The weight of consistency beside the cross entropy: squared differences of probabilities are small.
  private static let weight = 10.0

  init(problem: Problem, baseline: LabelsOnly) { students = OnlineStudents(problem, baseline) }

  mutating func round(_ number: Int, teacher: RoundState) -> RoundState {
    let problem = students.problem
    let ramp = Double(number) / Double(problem.settings.rounds)
    students.train(
      round: number, noise: .strong, weight: Self.weight * ramp, consistency: .squaredError
    ) { pupil, part, rows, random in
      zip(rows, pupil.weak(part, rows, problem, &random)).map {
        PseudoLabel(row: $0, target: $1, weight: 1)
      }
    }
    var state = RoundState(students.members, students.baseline, problem)
    state.taken = problem.unlabelled.map {
      PseudoLabel(row: $0, target: state.predictions[$0], weight: 1)
    }
    return state
  }
}
