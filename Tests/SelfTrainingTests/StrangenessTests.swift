import Evaluation
import TensorCore
import TestSupport
import Testing

@testable import SelfTraining

/// What is unlike all that was labelled.
@Suite struct StrangenessTests {
  /// Reference values: exp(mean + t.ppf(0.99, n - 1) * std * sqrt(1 + 1 / n)) of the logarithms with SciPy's `stats.t`; twins
  /// raised to 1 / 1.3.
  @Test(arguments: [
    ([0.8, 0.9, 1.0, 1.1, 1.3], 2.159762902623889), ([0.5, 0.6, 0.9], 7.26555503970404),
    ([0, 0, 0.9, 1.0, 1.1, 1.2, 1.3], 1.9834605566379166),
  ])
  func limitsAreThoseOfSciPy(_ known: [Double], _ wanted: Double) {
    #expect(isClose(Strangeness.limit(known), wanted, absolute: 0, relative: 1e-6))
  }

  @Test func tooFewDistancesLimitNothing() {
    #expect(Strangeness.limit([]) == .infinity && Strangeness.limit([0.4, 0.5]) == .infinity)
    #expect(Strangeness.limit([0, 0, 0]) == .infinity)
  }

  /// Pictures of the deviations 2 and 1, sound of the deviation 1; the third clip is not heard, the fourth not seen.
  private var views: ViewSet {
    ViewSet(
      paths: ["a", "b", "c", "d"],
      video: [Tensor([4, 1, 0, -1, -4, 1, 0, 0], [4, 2])],
      audio: [Tensor([1, -1, 0, 3], [4, 1])],
      hasVideo: [true, true, true, false], hasAudio: [true, true, false, true])
  }

  @Test func distancesAreOfWhatBothClipsHave() {
    let views = views
    let labels = (0..<3).map { LabelledClip(row: $0, label: $0 % 2) }
    let strangeness = Strangeness(views, labels, parts: Part.allCases)
    let mean = { (values: [Double]) in values.reduce(0, +) / Double(values.count) }
    func deviation(_ values: [Double]) -> Double {
      mean(values.map { ($0 - mean(values)) * ($0 - mean(values)) }).squareRoot()
    }
    let (first, second) = (deviation([4, 0, -4]), deviation([1, -1, 1]))
    let heard = deviation([1, -1, 3])
    func seen(_ x: Double, _ y: Double) -> Double {
      ((x / first) * (x / first) + (y / second) * (y / second)) / 2
    }
    func sound(_ x: Double) -> Double { (x / heard) * (x / heard) }
    let pair = ((seen(4, 2) + sound(2)) / 2).squareRoot()
    let third = seen(4, 2).squareRoot()
    let left = strangeness.leftOut(labels)
    for (got, wanted) in zip(left, [min(pair, seen(8, 0).squareRoot()), min(pair, third), third]) {
      #expect(isClose(got, wanted, absolute: 1e-5, relative: 1e-5))
    }
    let all = strangeness.distances(views)
    #expect(all[0..<3].allSatisfy { $0 < 1e-3 })
    #expect(isClose(all[3], sound(2).squareRoot(), absolute: 1e-5, relative: 1e-5))
    #expect(strangeness.share(.infinity) == 1 && strangeness.share(0) == 0)
    // A classifier without sound is not told by it: the clip that is only heard is beyond everything.
    let silent = Strangeness(views, labels, parts: [.video])
    #expect(silent.audio == nil && silent.video == strangeness.video)
    #expect(isClose(silent.leftOut(labels)[0], third, absolute: 1e-5, relative: 1e-5))
    #expect(silent.distances(views)[3] == .infinity)
  }

  @Test func clipsOfOneGroupSayNothingOfEachOther() {
    let rows: [Float] = [0, 0.01, 1, 1.02, 3, 3.03]
    let views = ViewSet(
      paths: rows.map { "\($0)" }, video: [Tensor(rows.map { $0 + 1 }, [6, 1])],
      audio: [.zeros([6, 0])], hasVideo: rows.map { _ in true }, hasAudio: rows.map { _ in false })
    func left(_ groups: [String?]) -> [Double] {
      let labels = rows.indices.map { LabelledClip(row: $0, label: $0 % 2, group: groups[$0]) }
      return Strangeness(views, labels, parts: Part.allCases).leftOut(labels)
    }
    let apart = left(["a", "a", "b", "b", "c", "c"])
    let alone = left([nil, nil, nil, nil, nil, nil])
    #expect(zip(apart, alone).allSatisfy { $0 > 20 * $1 })
    // Where all are of one group there is nothing else to go by.
    #expect(left(["a", "a", "a", "a", "a", "a"]) == alone)
  }

  /// Clips of another kind altogether are found with two labels a class, and few of the same kind are taken for such.
  /// As those of encoders, features of a kind lie close together, at a place that is that kind's.
  @Test func anotherKindIsFoundByFewLabels() throws {
    var (strangers, others) = (0.0, 0.0)
    for seed in 0..<3 {
      let data = SyntheticViews(classes: 5, clips: 100, spread: 1, seed: UInt64(seed))
      let own = kind(data, direction: 0)
      let foreign = kind(SyntheticViews(clips: 50, seed: UInt64(seed) + 10), direction: 1)
      let strangeness = Strangeness(own, data.labelled(2), parts: [.video])
      func share(_ distances: [Double]) -> Double {
        Double(distances.count { $0 > strangeness.limit }) / Double(distances.count)
      }
      strangers += share(strangeness.distances(foreign)) / 3
      others += share(Array(strangeness.distances(own)[10...])) / 3
    }
    #expect(strangers > 0.9, "\(strangers)")
    #expect(others < 0.03, "\(others)")
  }

  /// The pictures of `data` about a place away from the middle, of unit length again.
  private func kind(_ data: SyntheticViews, direction: Int) -> ViewSet {
    var views = data.views()
    views.video = views.video.map { view in
      let width = view.shape[1]
      let moved = view.array.enumerated().map { place, value in
        value + (place % width == direction ? 3 : 2)
      }
      return Tensor(moved, view.shape).unitRows()
    }
    return views
  }
}
