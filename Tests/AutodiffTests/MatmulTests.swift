import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct MatmulTests {
  static let sizes = [(1, 1, 1), (1, 7, 3), (5, 1, 2), (3, 4, 1), (7, 5, 11), (13, 17, 6)]

  @Test(arguments: sizes) func linear(_ m: Int, _ n: Int, _ k: Int) {
    let check = GradientCheck()
    let inputs = [
      check.normal([m, k]), check.normal([n, k], stream: 1), check.normal([n], stream: 2),
    ]
    let withBias = check.failures(inputs) { tape, x in
      tape.linear(x[0], weight: x[1], bias: x[2])
    } reference: { x in
      Reference.matmul(x[0], x[1], m, n, k, transposeB: true).enumerated().map {
        $1 + x[2][$0 % n]
      }
    }
    #expect(withBias.isEmpty)
    let without = check.failures(Array(inputs[..<2])) { tape, x in
      tape.linear(x[0], weight: x[1])
    } reference: {
      Reference.matmul($0[0], $0[1], m, n, k, transposeB: true)
    }
    #expect(without.isEmpty)
  }

  @Test(arguments: sizes, [(false, false), (false, true), (true, false), (true, true)])
  func matmul(_ size: (Int, Int, Int), _ transposed: (Bool, Bool)) {
    let (m, n, k) = size
    let (ta, tb) = transposed
    let check = GradientCheck()
    let plain = check.failures([
      check.normal(ta ? [k, m] : [m, k]), check.normal(tb ? [n, k] : [k, n], stream: 1),
    ]) { tape, x in
      tape.matmul(x[0], x[1], transposeA: ta, transposeB: tb)
    } reference: {
      Reference.matmul($0[0], $0[1], m, n, k, transposeA: ta, transposeB: tb)
    }
    #expect(plain.isEmpty)
  }
}
