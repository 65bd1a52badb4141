/// Labels alone and the rounds after them, for one set of visible labels.
struct Procedure: Sendable {
  let problem: Problem
  let baseline: LabelsOnly
  private var method: any RoundMethod
  private(set) var state: RoundState
  private var number = 0

  init(_ problem: Problem) {
    self.problem = problem
    baseline = LabelsOnly(problem)
    method = problem.settings.method.make(problem, baseline)
    state = RoundState(baseline.ensemble, problem)
  }

  mutating func advance() {
    number += 1
    state = method.round(number, teacher: state)
  }
}
