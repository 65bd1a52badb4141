import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct LossTests {
  static let sizes = [(1, 1), (1, 5), (7, 3), (5, 19), (3, 67)]
  let check = GradientCheck()

  /// A class a row, with every third row left out.
  private func targets(_ rows: Int, _ width: Int, ignoring: Bool) -> [Int] {
    (0..<rows).map { ignoring && $0 % 3 == 1 ? -1 : ($0 * 5 + 2) % width }
  }

  @Test(arguments: sizes) func crossEntropy(_ rows: Int, _ width: Int) {
    for ignoring in [false, true] {
      let classes = targets(rows, width, ignoring: ignoring)
      let failures = check.failures([check.normal([rows, width])]) { tape, x in
        tape.crossEntropy(x[0], targets: classes, temperature: 0.3)
      } reference: { x in
        let counted = (0..<rows).filter { classes[$0] >= 0 }
        let losses = counted.map { row in
          let logits = x[0][row * width..<(row + 1) * width].map { $0 / 0.3 }
          return -logOf(Reference.softmax(logits)[classes[row]])
        }
        return [losses.reduce(0, +) / Double(counted.count)]
      }
      #expect(failures.isEmpty)
    }
  }

  @Test(arguments: sizes) func crossEntropyWithWeightsAndExclusions(_ rows: Int, _ width: Int) {
    let classes = targets(rows, width, ignoring: false)
    let weights = (0..<rows).map { Float($0 % 3) + 0.5 }
    var excluded = (0..<rows * width).map { $0 % 4 == 1 }
    for row in 0..<rows { excluded[row * width + classes[row]] = false }
    let failures = check.failures([check.normal([rows, width])]) { tape, x in
      tape.crossEntropy(x[0], targets: classes, rowWeights: weights, excluded: excluded)
    } reference: { x in
      var (loss, total) = (0.0, 0.0)
      for row in 0..<rows {
        let range = row * width..<(row + 1) * width
        let p = Reference.softmax(Array(x[0][range]), dropped: Array(excluded[range]))
        loss -= Double(weights[row]) * logOf(p[classes[row]])
        total += Double(weights[row])
      }
      return [loss / total]
    }
    #expect(failures.isEmpty)
  }

  @Test func crossEntropyOfNoRowIsZero() {
    let tape = Tape()
    let x = tape.leaf(check.normal([2, 3]))
    let loss = tape.crossEntropy(x, targets: [-1, -1])
    #expect(loss.value.scalar == 0)
    tape.backward(from: loss)
    #expect(x.gradient?.array == [0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: sizes) func negativeLogLikelihood(_ rows: Int, _ width: Int) {
    let classes = targets(rows, width, ignoring: true)
    let counted = (0..<rows).filter { classes[$0] >= 0 }
    let failures = check.failures([check.normal([rows, width])]) { tape, x in
      tape.negativeLogLikelihood(tape.softmaxRows(x[0]), targets: classes, epsilon: 1e-3)
    } reference: { x in
      let p = Reference.rows(x[0], width) { Reference.softmax($0) }
      let losses = counted.map { -logOf(p[$0 * width + classes[$0]] + 1e-3) }
      return [losses.reduce(0, +) / Double(counted.count)]
    }
    #expect(failures.isEmpty)
  }

  @Test func impossibleReturnIsFinite() {
    let tape = Tape()
    let p = tape.leaf(Tensor([0, 1, 1, 0], [2, 2]))
    let loss = tape.negativeLogLikelihood(p, targets: [0, 0])
    #expect(isClose(Double(loss.value.scalar), 5 * logOf(100), absolute: 1e-5, relative: 1e-6))
    tape.backward(from: loss)
    #expect(p.gradient?.isFinite == true)
  }

  @Test(arguments: sizes) func cosineDistance(_ rows: Int, _ width: Int) {
    let inputs = [check.normal([rows, width]), check.normal([rows, width], stream: 1)]
    let failures = check.failures(inputs) {
      $0.cosineDistance($1[0], $1[1])
    } reference: { x in
      let a = Reference.rows(x[0], width) { Reference.l2Normalise($0) }
      let b = Reference.rows(x[1], width) { Reference.l2Normalise($0) }
      return [2 - 2 * Reference.dot(a, b) / Double(rows)]
    }
    #expect(failures.isEmpty)
  }
}
