/// Noisy student (Xie, Luong, Hovy, Le, CVPR 2020) on embeddings: in each round all clips are labelled anew by the heads of
/// the last one, and fresh heads learn from the soft labels of those taken while their features are spoilt.
struct NoisyStudent: RoundMethod {
  private let students: Students

  init(problem: Problem, baseline: LabelsOnly) {
    students = Students(problem: problem, baseline: baseline, noise: .student)
  }

  mutating func round(_ number: Int, teacher: RoundState) -> RoundState {
    let problem = students.problem
    let share = Double(number) / Double(problem.settings.rounds)
    let selection = Selection(
      teacher, confidence: students.baseline.confidence, share: share, problem: problem)
    var state = RoundState(
      students.members(selection.taken, weight: share, round: number),
      students.baseline, problem)
    state.taken = selection.taken
    return state
  }
}
