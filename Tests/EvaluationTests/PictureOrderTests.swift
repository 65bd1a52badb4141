import Testing

@testable import Evaluation

@Suite struct PictureOrderTests {
  private func order(_ frames: [[Int]], _ count: Int) -> [PictureOrder.Entry] {
    PictureOrder(frames, count: count, changes: true).entries
  }

  @Test func timesThatCoincideComeInOrder() {
    let overlapping = order([[0, 1, 2], [1, 2, 3], [4, 5]], 6)
    #expect(overlapping.map(\.index) == Array(0..<6))
    #expect(overlapping.map(\.previous) == [nil, 0, 1, 2, nil, 4])
    #expect(
      PictureOrder([[0, 2], [1]], count: 3, changes: false).entries.map(\.index) == [0, 1, 2])
  }

  @Test func everyChangeIsFromTheFrameBefore() {
    let meshed = order([[0, 2, 4], [1, 3, 5], [2, 4, 6]], 7)
    #expect(meshed.map(\.index) == [0, 2, 4, 6, 1, 3, 5])
    #expect(meshed.map(\.previous) == [nil, 0, 2, 4, nil, 1, 3])
    // Times that differ by rounding: 0 is followed by 1 and by 2, and both by 3.
    let forked = order([[0, 1, 3], [0, 2, 3]], 4)
    #expect(forked.filter { !$0.isAgain }.map(\.index).sorted() == [0, 1, 2, 3])
    let links = forked.compactMap { entry in entry.previous.map { [$0, entry.index] } }
    #expect(links.count == 4 && Set(links) == [[0, 1], [1, 3], [0, 2], [2, 3]])
    for (before, entry) in zip(forked, forked.dropFirst()) where entry.previous != nil {
      #expect(entry.previous == before.index)
    }
  }
}
