import TensorCore
import TestSupport
import Testing

@testable import SelfTraining

@Suite struct EstimateTests {
  @Test func theCurveGoesThroughGuessingAndWhatWasSeen() {
    // Four classes, 0.4 right with one label a class: from 3/4 to 3/5, and twice as far on to three labels.
    let curve = LearningCurve(classes: 4, seen: 1, all: 3)
    #expect(isClose(curve.extrapolated(0.4), 1 - 0.48, absolute: 1e-9, relative: 0))
    // Half right would be steeper than the square root, which halves the error from one label to seven.
    let seven = LearningCurve(classes: 4, seen: 1, all: 7)
    #expect(isClose(seven.extrapolated(0.5), 0.75, absolute: 1e-9, relative: 0))
    // Nothing is carried on where nothing is hidden, and what is no better than guessing stays.
    #expect(
      isClose(
        LearningCurve(classes: 4, seen: 5, all: 5).extrapolated(0.7), 0.7, absolute: 1e-9,
        relative: 0))
    for accuracy in [0, 0.1, 0.25, 1] { #expect(curve.extrapolated(accuracy) == accuracy) }
    let rising = stride(from: 0.0, through: 1, by: 0.05).map(curve.extrapolated)
    #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// Whatever the groups, a fit that judges has about the same share of each class.
  @Test func foldsLeaveClassesEven() {
    let groups = ["a", "b", "c"]
    for seed in 0..<8 {
      var random = CounterRandom(seed: UInt64(seed), purpose: .test)
      let clips = (0..<20).map { place in
        LabelledClip(
          row: place, label: place / 2,
          group: groups[(random.integer(below: 2) + 1 + place) % 3])
      }
      for clips in [clips, clips.map { LabelledClip(row: $0.row, label: $0.label) }] {
        let folds = LabelFolds(hidingOneOfEach: clips, classes: 10, most: 10, random: &random)
        #expect(folds.folds.flatMap(\.held).sorted() == Array(0..<20))
        for fold in folds.folds {
          #expect(Set(fold.held).isDisjoint(with: fold.train))
          if Self.isSeparable(clips, classes: 10) {
            let held = Set(fold.held.map { clips[$0].group })
            #expect(fold.train.allSatisfy { !held.contains(clips[$0].group) })
          }
          let counts = (0..<10).map { label in fold.train.count { clips[$0].label == label } }
          #expect((counts.max() ?? 0) <= max(1, counts.filter { $0 > 0 }.min() ?? 0))
        }
      }
    }
  }

  /// Whether every class has clips of two groups, which then stay together.
  private static func isSeparable(_ clips: [LabelledClip], classes: Int) -> Bool {
    (0..<classes).allSatisfy { label in
      let groups = clips.filter { $0.label == label }.map(\.group)
      return !groups.contains(nil) && Set(groups).count > 1
    }
  }

  /// Two groups of a class in one fold would leave nothing of it to learn from.
  @Test func everyFoldLeavesEveryClass() {
    var clips: [LabelledClip] = []
    func add(_ group: String, _ labels: [Int]) {
      for label in labels {
        clips.append(LabelledClip(row: clips.count, label: label, group: group))
      }
    }
    for person in 0..<3 { add("person \(person)", [1, 1, 2, 2, 3, 3]) }
    for person in 3..<5 { add("person \(person)", [0, 1, 2, 3]) }
    for seed in 0..<8 {
      var random = CounterRandom(seed: UInt64(seed), purpose: .test)
      for folds in [
        LabelFolds(clips, classes: 4, usual: 4, most: 4, random: &random),
        LabelFolds(hidingOneOfEach: clips, classes: 4, most: 2, random: &random),
      ] {
        #expect(folds.folds.flatMap(\.held).sorted() == Array(clips.indices))
        for fold in folds.folds {
          #expect(Set(fold.train.map { clips[$0].label }).count == 4)
          let held = Set(fold.held.map { clips[$0].group })
          #expect(fold.train.allSatisfy { !held.contains(clips[$0].group) })
        }
      }
    }
  }

  @Test func groupsSayLessThanTheirClips() {
    func count(_ right: [Double], _ groups: [String?]) -> Double {
      Accuracy.effectiveCount(right: right, groups: groups)
    }
    // Four groups of three that are all right or all wrong say as much as four clips.
    let (whole, names) = ([1.0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0], ["a", "b", "c", "d"])
    let groups = names.flatMap { [$0, $0, $0] }
    #expect(isClose(count(whole, groups), 4, absolute: 1e-9, relative: 0))
    // Groups that do not differ: the least correlation, 12 / (1 + 2 · 0.1).
    let alike = [1.0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]
    #expect(isClose(count(alike, groups), 10, absolute: 1e-9, relative: 0))
    #expect(count(alike, groups.map { _ in nil }) == 12)
    #expect(count([1, 0, 1], ["a", "a", "a"]) == 1)
    // By hand: within 1/6, between 1/2, ρ = (1/2 - 1/6) / (1/2 + 1/6).
    let mixed = count([1, 1, 0, 1, 0, 0], ["a", "a", "b", "b", "c", "c"])
    #expect(isClose(mixed, 6 / (1 + 0.5), absolute: 1e-9, relative: 0))
  }

  /// The interval of a score is of as many clips as say as much, and of a clip of which nothing is said it is not right.
  @Test func scoresKnowOfGroups() {
    func score(_ group: (Int) -> String?) -> SelfTrainingRecord.Score {
      let clips = (0..<12).map { LabelledClip(row: $0, label: 0, group: group($0)) }
      return SelfTrainingRecord.Score(
        clips.map { $0.row / 3 % 2 == 0 ? [0.9, 0.1] : [0.1, 0.9] }, clips)
    }
    let (apart, grouped) = (score { _ in nil }, score { "group \($0 / 3)" })
    #expect(apart.correct == 6 && grouped.correct == 6 && grouped.count == 12)
    #expect(apart.interval == Accuracy.interval(0.5, count: 12))
    #expect(grouped.interval == Accuracy.interval(0.5, count: grouped.apart))
    #expect(isClose(grouped.apart, 4, absolute: 1e-9, relative: 0))
    let silent = SelfTrainingRecord.Score(
      [[0.5, 0.5], [0.6, 0.4]], [0, 1].map { LabelledClip(row: $0, label: 0) })
    #expect(silent.correct == 1)
  }

  /// A short test list may have fewer right by chance.
  @Test func aTestListFallsShortByMoreThanChance() {
    func round(_ correct: Int, of count: Int) -> SelfTrainingRecord.Round {
      let outOfFold = SelfTrainingRecord.Score(correct: 36, count: 40)
      var round = SelfTrainingRecord.Round(name: "labels only", outOfFold: outOfFold)
      round.expected = SelfTrainingRecord.Expected(
        outOfFold, LearningCurve(classes: 4, seen: 5, all: 5))
      round.test = SelfTrainingRecord.Score(correct: correct, count: count)
      return round
    }
    // 77 to 96 % are to be expected.
    #expect(!round(3, of: 5).fallsShort && !round(70, of: 100).fallsShort)
    #expect(round(60, of: 100).fallsShort && round(1, of: 5).fallsShort)
  }

  /// Over many draws the accuracy that is to be expected is that on the other clips, and its interval holds it.
  @Test func expectedAccuracyIsThatOfOtherClips() throws {
    var (difference, within, count) = (0.0, 0, 0)
    for seed in 0..<10 {
      let data = SyntheticViews(clips: 120, spread: 1.2, seed: UInt64(seed))
      var settings = SelfTrainingSettings()
      settings.rounds = 1
      let result = try #require(
        SelfTraining(settings).run(
          data.views(), labels: data.labelled(2), classes: ["a", "b", "c", "d"],
          test: data.rest(2)))
      let round = result.record.rounds[result.record.chosen]
      let (expected, test) = (try #require(round.expected), try #require(round.test))
      difference += expected.accuracy - test.accuracy
      within += expected.interval.contains(test.accuracy) ? 1 : 0
      count += 1
    }
    #expect(abs(difference) / Double(count) < 0.12, "\(difference)")
    #expect(within >= count - 2, "\(within) of \(count)")
  }
}
