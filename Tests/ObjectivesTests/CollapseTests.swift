import Objectives
import TensorCore
import Testing

@Suite struct CollapseTests {
  private func normal(_ shape: Shape, stream: Int = 0) -> Tensor {
    var random = CounterRandom(seed: 0, purpose: .test, step: stream)
    return Tensor((0..<shape.elements).map { _ in random.normal() }, shape)
  }

  @Test(arguments: [(400, 16), (20, 64), (33, 33)])
  func spreadFeaturesAreInOrder(_ rows: Int, _ d: Int) throws {
    let collapse = try #require(Collapse(of: normal([rows, d])))
    #expect(abs(collapse.deviation / collapse.reference - 1) < 0.1)
    #expect(collapse.fullRank == min(d, rows - 1))
    #expect(collapse.effectiveRank > 0.7 * Double(collapse.fullRank))
    #expect(collapse.effectiveRank <= Double(collapse.fullRank) + 1e-6)
    #expect(collapse.warning == nil)
  }

  /// Directions of equal strength count one each.
  @Test func countsDirections() throws {
    let corners = Tensor(
      (0..<12).flatMap { row in (0..<16).map { $0 == row % 6 / 2 ? (row % 2 == 0 ? 1 : -1) : 0 } },
      [12, 16])
    let collapse = try #require(Collapse(of: corners))
    #expect(abs(collapse.effectiveRank - 3) < 1e-6)
  }

  @Test func namesAPoint() throws {
    var features = normal([50, 16])
    features.scale(0.001)
    features.add(Tensor(repeating: 1, [50, 16]))
    let collapse = try #require(Collapse(of: features))
    #expect(collapse.warning?.contains("to a point") == true)
  }

  @Test func namesALine() throws {
    let along = normal([50, 1]).array
    let direction = normal([1, 16], stream: 1).array
    let features = Tensor(along.flatMap { a in direction.map { $0 * a } }, [50, 16])
    let collapse = try #require(Collapse(of: features))
    #expect(abs(collapse.effectiveRank - 1) < 1e-3)
    #expect(collapse.warning?.contains("to a line") == true)
  }

  @Test func refusesWhatCannotBeMeasured() {
    #expect(Collapse(of: Tensor.zeros([1, 4])) == nil)
    #expect(Collapse(of: Tensor([1, .nan, 0, 1], [2, 2])) == nil)
    #expect(Collapse(of: Tensor.zeros([5, 4]))?.effectiveRank == 1)
  }
}
