import TensorCore
import TestSupport
import Testing

@Suite struct MatmulTests {
  static let sizes = [(1, 1, 1), (1, 17, 5), (13, 1, 7), (5, 3, 1), (31, 29, 37), (257, 65, 33)]

  @Test(arguments: sizes, [(false, false), (false, true), (true, false), (true, true)])
  func agreesWithFloat64(_ size: (Int, Int, Int), _ transposed: (Bool, Bool)) {
    let (m, n, k) = size
    let (ta, tb) = transposed
    var random = CounterRandom(seed: 8, purpose: .test, step: m)
    let a = Tensor((0..<m * k).map { _ in random.normal() }, ta ? [k, m] : [m, k])
    let b = Tensor((0..<k * n).map { _ in random.normal() }, tb ? [n, k] : [k, n])
    let (x, y) = (a.array.map(Double.init), b.array.map(Double.init))
    var wanted = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for p in 0..<k {
          wanted[i * n + j] += x[ta ? p * m + i : i * k + p] * y[tb ? j * k + p : p * n + j]
        }
      }
    }
    let got = matmul(a, transposed: ta, b, transposed: tb)
    #expect(got.shape == [m, n])
    #expect(relativeError(got.array, wanted) < 2e-6)
  }

  @Test func anEmptySumIsZero() {
    #expect(matmul(.zeros([2, 0]), .zeros([0, 3])).array == [0, 0, 0, 0, 0, 0])
  }

  /// Winograd and products over padded lines are two ways to the same convolution.
  @Test(arguments: PaddingMode.allCases) func winogradAgreesWithPaddedLines(
    _ mode: PaddingMode
  ) {
    var random = CounterRandom(seed: 9, purpose: .test)
    func normal(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.elements).map { _ in random.normal() }, shape)
    }
    let (x, w) = (normal([3, 11, 14, 32]), normal([48, 3, 3, 32]))
    let ways = [true, false].map {
      Convolution.$usesWinograd.withValue($0) {
        Convolution(input: x.shape, filter: w.shape, stride: 1, padding: 1, mode: mode)
      }
    }
    let values = ways.map { $0.forward(x, w) }
    #expect(relativeError(values[0].array, values[1].array.map(Double.init)) < 2e-5)
    let dy = normal(values[0].shape)
    let gradients = ways.map { $0.backward(.tensor(dy), x, w, input: true, filter: true) }
    for part in [gradients.map(\.input), gradients.map(\.filter)] {
      let pair = part.compactMap { $0?.array }
      #expect(pair.count == 2)
      #expect(relativeError(pair[0], pair[1].map(Double.init)) < 2e-5)
    }
  }
}
