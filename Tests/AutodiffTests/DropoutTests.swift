import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct DropoutTests {
  @Test func keepsTheMeanAndDropsTheShareAskedFor() {
    let random = CounterRandom(seed: 1, purpose: .test)
    let tape = Tape()
    let x = tape.leaf(Tensor(repeating: 1, [100, 101]))
    let y = tape.dropout(x, rate: 0.25, random: random)
    let values = y.value.array
    #expect(values.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
    let dropped = Double(values.count { $0 == 0 }) / Double(values.count)
    // Five standard deviations of a share of 0.25 in 10,100 draws.
    #expect(abs(dropped - 0.25) < 0.022)
    tape.backward(from: y, gradient: Tensor(repeating: 1, y.shape))
    #expect(x.gradient?.array == values)
    let again = Tape()
    #expect(
      again.dropout(again.leaf(x.value), rate: 0.25, random: random).value.array == values)
  }

  @Test func isTheValueItselfInEvaluation() {
    let tape = Tape.evaluation()
    let x = tape.constant(Tensor([1, -2, 3], [3]))
    let y = tape.dropout(x, rate: 0.9, random: CounterRandom(seed: 1, purpose: .test))
    #expect(y === x)
  }
}
