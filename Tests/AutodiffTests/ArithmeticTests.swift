import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct ArithmeticTests {
  static let shapes: [Shape] = [[1], [3, 5], [2, 3, 7], [1, 1, 1, 1]]
  let check = GradientCheck()

  @Test(arguments: shapes) func elementwise(_ shape: Shape) {
    let pair = [check.normal(shape), check.normal(shape, stream: 1)]
    let add = check.failures(pair) {
      $0.add($1[0], $1[1])
    } reference: {
      zip($0[0], $0[1]).map(+)
    }
    #expect(add.isEmpty)
    let subtract = check.failures(pair) {
      $0.subtract($1[0], $1[1])
    } reference: {
      zip($0[0], $0[1]).map(-)
    }
    #expect(subtract.isEmpty)
    let multiply = check.failures(pair) {
      $0.multiply($1[0], $1[1])
    } reference: {
      zip($0[0], $0[1]).map(*)
    }
    #expect(multiply.isEmpty)
    let scale = check.failures([pair[0]]) {
      $0.scale($1[0], by: -2.5)
    } reference: {
      $0[0].map { $0 * -2.5 }
    }
    #expect(scale.isEmpty)
    let relu = check.failures([pair[0]]) {
      $0.relu($1[0])
    } reference: {
      $0[0].map { max($0, 0) }
    }
    #expect(relu.isEmpty)
  }

  /// One value used twice in an operation gets both parts of its gradient.
  @Test func squareByMultiply() {
    let failures = check.failures([check.normal([7])]) {
      $0.multiply($1[0], $1[0])
    } reference: {
      $0[0].map { $0 * $0 }
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: shapes) func reductions(_ shape: Shape) {
    let input = [check.normal(shape)]
    let sum = check.failures(input) {
      $0.sum($1[0])
    } reference: {
      [$0[0].reduce(0, +)]
    }
    #expect(sum.isEmpty)
    let mean = check.failures(input) {
      $0.mean($1[0])
    } reference: {
      [$0[0].reduce(0, +) / Double($0[0].count)]
    }
    #expect(mean.isEmpty)
  }

  @Test func weightedSum() {
    let inputs = [check.normal([1]), check.normal([], stream: 1), check.normal([1, 1], stream: 2)]
    let failures = check.failures(inputs) { tape, x in
      tape.weightedSum([(1, x[0]), (-0.5, x[1]), (3, x[2])])
    } reference: {
      [$0[0][0] - 0.5 * $0[1][0] + 3 * $0[2][0]]
    }
    #expect(failures.isEmpty)
  }
}
