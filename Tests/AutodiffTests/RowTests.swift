import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct RowTests {
  static let shapes: [Shape] = [[1, 1], [3, 1], [1, 5], [7, 3], [13, 37], [3, 5, 19]]
  let check = GradientCheck()

  @Test(arguments: [[1], [2, 1, 4], [5, 3]]) func concatRows(_ heights: [Int]) {
    let parts = heights.enumerated().map { check.normal([$1, 3, 2], stream: $0) }
    let failures = check.failures(parts) {
      $0.concatRows($1)
    } reference: {
      $0.flatMap { $0 }
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: [0..<5, 1..<4, 2..<2, 4..<5]) func sliceRows(_ range: Range<Int>) {
    let failures = check.failures([check.normal([5, 3])]) { tape, x in
      tape.sliceRows(x[0], range)
    } reference: {
      Array($0[0][range.lowerBound * 3..<range.upperBound * 3])
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: [[0], [4, 4, 0, 2, 4], [3, 1]]) func gatherRows(_ indices: [Int]) {
    let failures = check.failures([check.normal([5, 3])]) { tape, x in
      tape.gatherRows(x[0], indices)
    } reference: { x in
      indices.flatMap { x[0][$0 * 3..<$0 * 3 + 3] }
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: [(1, 1, 1), (3, 1, 5), (2, 7, 3), (5, 4, 1)])
  func meanGroups(_ groups: Int, _ size: Int, _ width: Int) {
    let failures = check.failures([check.normal([groups * size, width])]) { tape, x in
      tape.meanGroups(x[0], size: size)
    } reference: {
      Reference.meanGroups($0[0], size: size, width: width)
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: [[1, 1, 1, 1], [2, 3, 5, 7], [3, 4, 1, 2]] as [Shape])
  func spatialMean(_ shape: Shape) {
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.spatialMean(x[0])
    } reference: {
      Reference.meanGroups($0[0], size: shape[1] * shape[2], width: shape[3])
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: [[1, 1, 1, 1], [2, 3, 5, 7], [3, 4, 1, 2]] as [Shape])
  func rowMean(_ shape: Shape) {
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.rowMean(x[0])
    } reference: {
      Reference.meanGroups($0[0], size: shape[1], width: shape[2] * shape[3])
    }
    #expect(failures.isEmpty)
  }

  @Test func reshape() {
    let failures = check.failures([check.normal([2, 6])]) { tape, x in
      tape.reshape(x[0], [3, 1, 4])
    } reference: {
      $0[0]
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: shapes) func l2Normalise(_ shape: Shape) {
    let width = shape[shape.rank - 1]
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.l2Normalise(x[0])
    } reference: {
      Reference.rows($0[0], width) { Reference.l2Normalise($0) }
    }
    #expect(failures.isEmpty)
    let short = check.failures([check.normal(shape, scale: 1e-3)]) { tape, x in
      tape.l2Normalise(x[0], epsilon: 1)
    } reference: {
      Reference.rows($0[0], width) { Reference.l2Normalise($0, epsilon: 1) }
    }
    #expect(short.isEmpty)
  }

  @Test(arguments: shapes) func softmaxRows(_ shape: Shape) {
    let width = shape[shape.rank - 1]
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.softmaxRows(x[0], temperature: 0.5)
    } reference: {
      Reference.rows($0[0], width) { Reference.softmax($0.map { $0 / 0.5 }) }
    }
    #expect(failures.isEmpty)
  }

  @Test(arguments: shapes) func softmaxRowsWithDroppedEntries(_ shape: Shape) {
    let width = shape[shape.rank - 1]
    var random = CounterRandom(seed: 3, purpose: .test)
    var dropped = (0..<shape.elements).map { _ in random.uniform() < 0.4 }
    // The first row keeps one entry, so that a value depends on the input at all.
    dropped[0] = false
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.softmaxRows(x[0], temperature: 0.7, dropped: dropped)
    } reference: { x in
      (0..<shape.elements / width).flatMap { row in
        Reference.softmax(
          x[0][row * width..<(row + 1) * width].map { $0 / 0.7 },
          dropped: Array(dropped[row * width..<(row + 1) * width]))
      }
    }
    #expect(failures.isEmpty)
  }

  @Test func softmaxOfWideLogitsStaysFinite() {
    let tape = Tape.evaluation()
    let x = tape.constant(Tensor([3e4, -3e4, 2.9e4, 0], [2, 2]))
    #expect(tape.softmaxRows(x, temperature: 0.05).value.array == [1, 0, 1, 0])
  }

  @Test func softmaxOfADroppedRowIsUniformWithoutGradient() {
    let tape = Tape()
    let x = tape.leaf(check.normal([1, 4]))
    let y = tape.softmaxRows(x, dropped: [true, true, true, true])
    #expect(y.value.array == [0.25, 0.25, 0.25, 0.25])
    tape.backward(from: y, gradient: check.normal([1, 4], stream: 1))
    #expect(x.gradient?.array == [0, 0, 0, 0])
  }

  @Test func softmaxHandsOnNotANumber() {
    let tape = Tape.evaluation()
    for values: [Float] in [[.nan, .nan], [.nan, 1]] {
      let y = tape.softmaxRows(tape.constant(Tensor(values, [1, 2])))
      #expect(!y.value.isFinite)
    }
  }

  @Test(arguments: shapes) func logSoftmaxRows(_ shape: Shape) {
    let width = shape[shape.rank - 1]
    let failures = check.failures([check.normal(shape)]) { tape, x in
      tape.logSoftmaxRows(x[0], temperature: 0.5)
    } reference: {
      Reference.rows($0[0], width) { row in
        Reference.softmax(row.map { $0 / 0.5 }).map(logOf)
      }
    }
    #expect(failures.isEmpty)
  }
}
