import TensorCore
import TestSupport
import Testing

@Suite struct TensorTests {
  @Test func copiesAreIndependent() {
    let a = Tensor([1, 2, 3, 4], [2, 2])
    var b = a
    b.withMutableData { $0[0] = 9 }
    #expect(a.array == [1, 2, 3, 4])
    #expect(b.array == [9, 2, 3, 4])
  }

  @Test func viewsShareUntilWritten() {
    let a = Tensor((0..<12).map(Float.init), [4, 3])
    let address = a.withData { $0 }
    var row = a.slice(1..<3)
    #expect(row.shape == [2, 3])
    #expect(row.withData { $0 } == address + 3)
    #expect(row.array == [3, 4, 5, 6, 7, 8])
    row.scale(2)
    #expect(row.array == [6, 8, 10, 12, 14, 16])
    #expect(a.array == (0..<12).map(Float.init))
    let flat = a.reshaped([2, 6])
    #expect(flat.withData { $0 } == address)
    #expect(a.slice(4..<4).count == 0)
  }

  @Test func aLonelyTensorIsWrittenInPlace() {
    var a = Tensor([1, 2, 3], [3])
    let address = a.withData { UInt(bitPattern: $0) }
    a.scale(2)
    #expect(a.withData { UInt(bitPattern: $0) } == address)
    #expect(address % 64 == 0)
  }

  @Test(arguments: [1, 2, 17, 16384, 16385, 40001]) func arithmetic(_ count: Int) {
    var random = CounterRandom(seed: 4, purpose: .test, step: count)
    let x = (0..<count).map { _ in random.normal() }
    let y = (0..<count).map { _ in random.normal() }
    var a = Tensor(x, [count])
    a.addScaled(Tensor(y, [count]), -0.5)
    let wanted = zip(x, y).map { Double($0) - 0.5 * Double($1) }
    #expect(relativeError(a.array, wanted) < 1e-6)
    #expect(
      isClose(
        Tensor(x, [count]).sum, x.reduce(0) { $0 + Double($1) }, absolute: 1e-9, relative: 1e-9))
    let squares = x.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(isClose(Tensor(x, [count]).sumOfSquares, squares, absolute: 1e-9, relative: 1e-9))
  }

  @Test func finiteness() {
    #expect(Tensor([1, -3e30, 2e38], [3]).isFinite)
    #expect(!Tensor([1, .nan], [2]).isFinite)
    #expect(!Tensor([-.infinity, 1], [2]).isFinite)
    #expect(Tensor([], [0]).isFinite)
  }

  @Test func shapes() {
    let shape: Shape = [2, 3, 5]
    #expect(shape.elements == 30)
    #expect(shape.text == "[2×3×5]")
    #expect(Shape([]).elements == 1)
    #expect(shape == Shape([2, 3, 5]))
    #expect(shape != [2, 3, 5, 1])
  }

  /// A freed block serves the next tensor of its size: a steady step asks the system for no memory. The pool is
  /// the process's, so a test beside this one may take the block; hence several attempts.
  @Test func thePoolHandsBlocksBack() {
    let count = 1_234_567
    let reused = (0..<20).contains { _ in
      let first = Tensor.zeros([count]).withData { UInt(bitPattern: $0) }
      return Tensor.zeros([count]).withData { UInt(bitPattern: $0) } == first
    }
    #expect(reused)
    let held = Tensor.zeros([count])
    let other = Tensor.zeros([count])
    #expect(held.withData { UInt(bitPattern: $0) } != other.withData { UInt(bitPattern: $0) })
    #expect(BufferPool.shared.peakBytes >= 2 * count * 4)
  }
}
