import Foundation
import TestSupport
import Testing
import Training

@Suite struct StepPlanTests {
  @Test func stepsAndEpochsAreKnownFromTheStart() {
    let steps = StepPlan(.steps(7), stepsPerEpoch: 3)
    #expect(steps.total == 7)
    #expect(
      !steps.isOver(at: 6, elapsed: 1e9, reserve: 0) && steps.isOver(at: 7, elapsed: 0, reserve: 0))
    #expect(StepPlan(.epochs(4), stepsPerEpoch: 3).total == 12)
  }

  /// A clock of so many seconds a step: the run must use its minutes and end on the cosine's floor.
  @Test(arguments: [(0.05, 0.05), (1.0, 1.0), (4.0, 0.5), (0.5, 2.0)])
  func minutesAreUsedUp(_ early: Double, _ late: Double) throws {
    var plan = StepPlan(.minutes(10), stepsPerEpoch: 3)
    var elapsed = 0.0
    var step = 0
    var recent = early
    while !plan.isOver(at: step, elapsed: elapsed, reserve: 5) {
      plan.guess(at: step, elapsed: elapsed, secondsPerStep: recent, reserve: 5)
      if plan.isOver(at: step, elapsed: elapsed, reserve: 5) { break }
      recent = step < 60 ? early : late
      elapsed += recent
      step += 1
    }
    #expect(elapsed <= 600)
    // Where the pace changes the guess is made again before it is too late.
    #expect(elapsed > 550)
    let total = try #require(plan.total)
    #expect(abs(step - total) * 20 <= total)
    #expect(plan.rate(total, peak: 1, warmup: 50, floor: 0.1) == 0.1)
  }

  @Test func theGuessIsMadeOnceItIsTimeAndThenStays() throws {
    var plan = StepPlan(.minutes(1), stepsPerEpoch: 1)
    plan.guess(at: 19, elapsed: 19, secondsPerStep: 1, reserve: 0)
    #expect(plan.total == nil)
    #expect(plan.rate(0, peak: 1, warmup: 10, floor: 0) == 0.1)
    #expect(plan.rate(500, peak: 1, warmup: 10, floor: 0) == 1)
    plan.guess(at: 20, elapsed: 20, secondsPerStep: 1, reserve: 0)
    #expect(plan.total == 60)
    plan.guess(at: 50, elapsed: 50, secondsPerStep: 3, reserve: 0)
    #expect(plan.total == 53 && plan.nextGuess == nil)
    plan.guess(at: 52, elapsed: 56, secondsPerStep: 9, reserve: 0)
    #expect(plan.total == 53)
    #expect(try JSONDecoder().decode(StepPlan.self, from: JSONEncoder().encode(plan)) == plan)
  }
}
