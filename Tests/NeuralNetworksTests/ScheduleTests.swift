import Autodiff
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct ScheduleTests {
  @Test func risesThenFalls() {
    let schedule = WarmupCosine(peak: 2, warmup: 4, total: 24, floor: 0.1)
    #expect((0..<4).map(schedule.rate) == [0.5, 1, 1.5, 2])
    #expect(schedule.rate(4) == 2)
    #expect(isClose(schedule.rate(14), 2 * 0.55, absolute: 1e-12, relative: 0))
    #expect(isClose(schedule.rate(24), 0.2, absolute: 1e-12, relative: 0))
    #expect(schedule.rate(1000) == schedule.rate(24))
    let rates = (4...24).map(schedule.rate)
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test(arguments: [(0, 0), (0, 1), (5, 1), (1, 1), (3, 3)])
  func everyRateIsFinite(_ warmup: Int, _ total: Int) {
    let schedule = WarmupCosine(peak: 1, warmup: warmup, total: total)
    #expect((0..<5).map(schedule.rate).allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 })
  }
}

@Suite struct WeightAverageTests {
  private func store(_ weight: [Float], _ statistic: [Float]) -> ParameterStore {
    let store = ParameterStore()
    _ = store.make("w", Tensor(weight, [2]), role: .weight)
    _ = store.make("running_mean", Tensor(statistic, [1]), role: .buffer)
    return store
  }

  @Test func theRampForgetsTheBeginning() {
    let average = WeightAverage(decay: 0.99)
    #expect(average.decay(at: 0) == 0.1)
    #expect(average.decay(at: 10) == 11.0 / 20)
    #expect(average.decay(at: 100_000) == 0.99)
  }

  @Test func weightsAndBuffersMove() {
    let teacher = store([1, 2], [0])
    let student = store([3, 2], [10])
    WeightAverage(decay: 0.99).update(teacher, towards: student, step: 0)
    #expect(teacher.all[0].value.array == [1 + Float(0.9) * 2, 2])
    #expect(teacher.all[1].value.array == [9])
    #expect(student.all[0].value.array == [3, 2])
  }

  @Test func copiedValuesAreIndependent() {
    let teacher = store([0, 0], [0])
    let student = store([1, 1], [1])
    teacher.copyValues(from: student)
    student.all[0].value.scale(5)
    #expect(teacher.all[0].value.array == [1, 1])
  }
}
