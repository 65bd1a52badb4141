import SelfTraining
import Storage
import Synchronization
import TensorCore
import TestSupport
import Testing

@Suite(.serialized) struct SelfTrainingTests {
  private func run(
    _ data: SyntheticViews, perClass: Int = 2, _ method: SelfTrainingMethod = .noisyStudent,
    labels: [LabelledClip]? = nil, prior: ClassPrior = .automatic
  ) -> SelfTrainingResult? {
    var settings = SelfTrainingSettings()
    settings.prior = prior
    settings.method = method
    settings.seed = data.seed
    return SelfTraining(settings).run(
      data.views(), labels: labels ?? data.labelled(perClass),
      classes: (0..<data.classes).map { "class \($0)" }, test: data.rest(perClass))
  }

  /// Clouds that two labels do not outline, and that many clips do, as frequent as is said.
  @Test(arguments: SelfTrainingMethod.allCases)
  func unlabelledClipsHelpWhereClassesAreClouds(_ method: SelfTrainingMethod) throws {
    var gains: [Double] = []
    for seed in 0..<4 {
      let result = try #require(run(SyntheticViews(seed: UInt64(seed)), method, prior: .uniform))
      let rounds = result.record.rounds
      let (first, kept) = (rounds[0].test, rounds[result.record.chosen].test)
      gains.append(try #require(kept).accuracy - (try #require(first).accuracy))
    }
    let mean = gains.reduce(0, +) / Double(gains.count)
    // Those that go on from the heads of the labels alone move little in so short a time.
    let least = [.noisyStudent, .pseudo].contains(method) ? 0.02 : -0.01
    #expect(mean > least && gains.allSatisfy { $0 > -0.03 }, "\(method.rawValue): \(gains)")
  }

  /// Labels that have nothing to do with the features: what a round learns of them cannot show in the clips that it did not
  /// see the labels of, and no gain is claimed.
  @Test func withoutAnythingToLearnNothingIsClaimed() throws {
    let data = SyntheticViews(clips: 90, spread: 1)
    var random = CounterRandom(seed: 5, purpose: .test)
    let labels = (0..<40).map { $0 % 4 }.shuffled(using: &random).enumerated().map {
      LabelledClip(row: $0, label: $1)
    }
    let result = try #require(run(data, perClass: 10, labels: labels))
    for round in result.record.rounds {
      // Chance is 10 of 40, with a deviation of 2.7.
      #expect(round.outOfFold.count == 40 && round.outOfFold.correct <= 19, "\(round)")
    }
    #expect(!result.record.verdict.contains("more than chance"))
  }

  /// What the report shows of labelled clips is what its table says, and the lowest confidence is of a clip that was taken.
  @Test func judgementsAreThoseOfTheRecord() throws {
    let result = try #require(run(SyntheticViews(spread: 1.5)))
    let score = result.record.rounds[result.record.chosen].outOfFold
    let right = result.outOfFold.count { $0.prediction.label == $0.clip % 4 }
    let share = Double(right) / Double(result.outOfFold.count)
    #expect(Int((share * 8).rounded()) == score.correct && score.count == 8)
    #expect(Set(result.outOfFold.map(\.clip)).count == 8)
    for round in result.record.rounds.dropFirst() {
      #expect(round.taken.count == 4 && round.leastConfidence.count == 4)
      for (count, least) in zip(round.taken, round.leastConfidence) {
        #expect((least != nil) == (count > 0) && (0.25...1).contains(least ?? 1))
      }
    }
  }

  @Test(arguments: SelfTrainingMethod.allCases)
  func bitsDoNotDependOnThreads(_ method: SelfTrainingMethod) throws {
    let data = SyntheticViews(classes: 3, clips: 45, videoDimensions: 10)
    let threads = Threads.count
    defer { Threads.count = threads }
    Threads.count = 1
    let one = try #require(run(data, method))
    Threads.count = 3
    let three = try #require(run(data, method))
    #expect(one.record == three.record)
    #expect(one.predictions == three.predictions)
    #expect(one.classifier == three.classifier)
    #expect(one.listNext(5) == three.listNext(5))
  }

  @Test func aClassifierReadFromItsFolderSaysTheSameBits() throws {
    let folder = try ScratchFolder()
    let data = SyntheticViews(classes: 3, clips: 45, videoDimensions: 10)
    let result = try #require(run(data))
    try result.classifier.write(to: folder.path)
    let read = try TrainedClassifier(from: folder.path)
    #expect(read == result.classifier)
    let other = SyntheticViews(classes: 3, clips: 20, videoDimensions: 10, seed: 9).views()
    #expect(read.predict(other) == result.classifier.predict(other))
    #expect(read.predict(data.views()) == result.predictions)
  }

  @Test func damagedFilesAreRefusedByName() throws {
    let folder = try ScratchFolder()
    let result = try #require(run(SyntheticViews(classes: 3, clips: 30)))
    try result.classifier.write(to: folder.path)
    let path = folder.path("classifier.json")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (from, to) in [
      ("\"version\": 3", "\"version\": 2"), ("\"class 2\"", "\"class 1\""),
      ("\"part\": \"video\"", "\"part\": \"audio\""), ("\"hidden\": 64", "\"hidden\": 63"),
      ("\"k\": ", "\"k\": -"), ("{", ""),
    ] {
      #expect(text.contains(from))
      try text.replacing(from, with: to, maxReplacements: 1)
        .write(toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: StorageError.self, "\(to)") { try TrainedClassifier(from: folder.path) }
    }
  }

  /// Clips of a class that no label tells of are strangers more often than others are, and hardly any other is.
  @Test func strangersAreFlagged() throws {
    var (strangers, others) = (0.0, 0.0)
    for seed in 0..<3 {
      let data = SyntheticViews(classes: 5, clips: 200, spread: 0.5, seed: UInt64(seed))
      let labels = data.labelled(4).filter { $0.label < 4 }
      let result = try #require(
        SelfTraining().run(
          data.views(), labels: labels, classes: (0..<4).map { "class \($0)" }))
      let known = Set(labels.map(\.row))
      let rows = (0..<data.clips).filter { !known.contains($0) }
      func share(_ wanted: (Int) -> Bool) -> Double {
        let some = rows.filter(wanted)
        return Double(some.count { result.predictions[$0].isOutOfSet }) / Double(some.count)
      }
      strangers += share { $0 % 5 == 4 } / 3
      others += share { $0 % 5 != 4 } / 3
    }
    #expect(strangers > 0.5, "\(strangers)")
    #expect(others < 0.03, "\(others)")
  }

  /// A clip without any part is of no class; one that lost its sound is still told by its pictures.
  @Test func missingPartsAreBorne() throws {
    let data = SyntheticViews(classes: 3, clips: 60, spread: 0.6, videoDimensions: 10)
    let result = try #require(run(data, perClass: 3))
    var views = data.views()
    views.hasAudio = views.hasAudio.map { _ in false }
    views.hasVideo[50] = false
    let said = result.classifier.predict(views)
    #expect(said[50].isOutOfSet && said[50].strangeness == 1)
    let even = [Double](repeating: 1.0 / 3, count: 3)
    #expect(said[50].probabilities == even)
    let rest = (9..<60).filter { $0 != 50 }
    #expect(rest.count { said[$0].label == $0 % 3 } > rest.count * 8 / 10)
    let silent = ViewSet(
      paths: views.paths, video: views.video, audio: views.video.map { _ in .zeros([60, 0]) },
      hasVideo: views.hasVideo, hasAudio: views.hasAudio)
    #expect(result.classifier.predict(silent) == said)
  }

  @Test func stoppingGivesNothing() {
    let data = SyntheticViews(classes: 3, clips: 30)
    let asked = Mutex(0)
    let result = SelfTraining().run(
      data.views(), labels: data.labelled(2), classes: ["a", "b", "c"],
      shouldStop: {
        asked.withLock { asked in
          asked += 1
          return asked > 5
        }
      })
    #expect(result == nil)
  }

  @Test func nextClipsAreNewAndApart() throws {
    let data = SyntheticViews(clips: 80)
    let test = (60..<80).map { LabelledClip(row: $0, label: $0 % 4) }
    let result = try #require(
      SelfTraining().run(
        data.views(), labels: data.labelled(2), classes: ["a", "b", "c", "d"], test: test))
    let next = result.listNext(12)
    #expect(next.count == 12 && Set(next.map(\.row)).count == 12)
    #expect(next.allSatisfy { (8..<60).contains($0.row) && (0...1).contains($0.disagreement) })
    #expect(result.listNext(500).count == 52)
    // What the classifier is sure of comes when nothing else is left; in between each is worth less than the one before.
    let all = result.listNext(500)
    let sure = all.map { result.isSure($0.row) }
    #expect(sure.contains(true) && sure.contains(false))
    #expect(zip(sure, sure.dropFirst()).count { $0 != $1 } == 1 && sure.last == true)
    let open = all.filter { !result.isSure($0.row) }.map { ($0.doubt + 1e-3) * $0.distance }
    #expect(zip(open, open.dropFirst()).allSatisfy { $0 >= $1 - 1e-9 })
    // Clips of all classes, not many of one.
    #expect(Set(next.map { $0.row % 4 }).count == 4)
  }
}
