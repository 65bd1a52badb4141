/// Pseudo-labels (Lee, "Pseudo-label: the simple and efficient semi-supervised learning method", ICML workshop 2013; with the
/// curriculum of Cascante-Bonilla et al., AAAI 2021): fresh heads take the teacher's first choice for the truth.
struct Pseudo: RoundMethod {
  private let students: Students

  init(problem: Problem, baseline: LabelsOnly) {
    students = Students(problem: problem, baseline: baseline, noise: .none)
  }

  mutating func round(_ number: Int, teacher: RoundState) -> RoundState {
    let problem = students.problem
    let share = Double(number) / Double(problem.settings.rounds)
    let selection = Selection(
      teacher, confidence: students.baseline.confidence, share: share, problem: problem)
    let hard = selection.taken.map { label in
      var hard = label
      hard.target = problem.certain(Distribution.top(label.target))
      return hard
    }
    var state = RoundState(
      students.members(hard, weight: share, round: number),
      students.baseline, problem)
    state.taken = selection.taken
    return state
  }
}
