import Foundation
import SelfTraining
import Storage
import TensorCore
import TestSupport
import Testing

/// `Goldens/make_goldens.py`: SciPy, scikit-learn and PyTorch on the same numbers.
func selfTrainingGolden(_ name: String) throws -> [Float] {
  try SafetensorsFile(
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/selftraining.safetensors").path
  ).tensor(name).array
}

@Suite struct CalibrationTests {
  @Test(arguments: [
    ("few", 6, 4.0, 1), ("many", 60, 4.0, 0.5), ("timid", 30, 0.2, 1), ("wrong", 12, 9.0, 0.8),
  ])
  func temperaturesAreThoseOfSciPy(
    _ name: String, _ rows: Int, _ scale: Double, _ expected: Double
  ) throws {
    let numbers = formulaNumbers("logits \(name)", rows * 4)
    let labels = (0..<rows).map { $0 % 4 }
    let logits = (0..<rows).map { row in
      (0..<4).map { place in
        let own = place == labels[row] && name != "wrong"
        return scale * numbers[row * 4 + place] + (own ? 0.6 * scale : 0)
      }
    }
    let wanted = try Double(selfTrainingGolden("temperature.\(name)")[0])
    let got = Temperature.fitted(logits, labels: labels, expected: expected)
    #expect(isClose(got, wanted, absolute: 1e-6, relative: 1e-5), "\(got), wanted \(wanted)")
  }

  @Test func withoutClipsTheTemperatureIsTheExpectedOne() {
    for expected in [0.5, 1] {
      let got = Temperature.fitted([], labels: [], expected: expected)
      #expect(isClose(got, expected, absolute: 1e-6, relative: 0))
    }
  }

  @Test func alignmentBringsTheMeanTowardsTheShares() {
    func expect(_ rows: [[Double]], _ wanted: [[Double]]) {
      for (row, want) in zip(rows, wanted) {
        for (a, b) in zip(row, want) { #expect(isClose(a, b, absolute: 1e-12, relative: 0)) }
      }
    }
    // Means 0.6 and 0.4; factors 5/6 and 5/4 to even shares.
    let rows = [[0.8, 0.2], [0.4, 0.6]]
    let whole = Alignment(shares: [0.5, 0.5], strength: 1)
    expect(whole(rows), [[8.0 / 11, 3.0 / 11], [4.0 / 13, 9.0 / 13]])
    // Half of the way: factors √(5/6) and √(5/4), in a ratio of √(2/3).
    let root = (2.0 / 3).squareRoot()
    let half = Alignment(shares: [0.5, 0.5], strength: 0.5)
    expect(half(rows).map { [$0[0] / $0[1]] }, [[4 * root], [2.0 / 3 * root]])
  }

  @Test func sharesFollowThePrior() {
    let few = [0, 0, 0, 0, 0, 0, 1, 1]
    let many = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + [1, 1, 1, 1, 1]
    func alignment(_ prior: ClassPrior, _ labels: [Int]) -> Alignment? {
      Alignment(prior, labels: labels, classes: 2)
    }
    let thirds = [2.0 / 3, 1.0 / 3]
    #expect(alignment(.automatic, few) == Alignment(shares: [0.5, 0.5], strength: 1.0 / 3))
    #expect(alignment(.automatic, many) == Alignment(shares: thirds, strength: 1.0 / 3))
    #expect(alignment(.labels, few) == Alignment(shares: [0.75, 0.25], strength: 1))
    #expect(alignment(.uniform, many) == Alignment(shares: [0.5, 0.5], strength: 1))
    #expect(alignment(.none, many) == nil)
  }

  @Test func signTestIsThatOfSciPy() throws {
    let pairs = [(1, 0), (5, 0), (4, 1), (9, 3), (2, 2), (40, 25), (0, 3)]
    for ((won, lost), wanted) in zip(pairs, try selfTrainingGolden("sign")) {
      var baseline = [true, false]
      baseline += [Bool](repeating: false, count: won)
      baseline += [Bool](repeating: true, count: lost)
      // The first two are as they were, the others not.
      let round = baseline.enumerated().map { $0.offset < 2 ? $0.element : !$0.element }
      let verdict = Verdict(
        baseline: baseline.map { $0 ? 1 : 0 }, round: round.map { $0 ? 1 : 0 },
        groups: round.map { _ in nil })
      #expect(verdict.won == won && verdict.lost == lost)
      #expect(isClose(verdict.chance, Double(wanted), absolute: 1e-6, relative: 1e-5))
    }
  }
}
