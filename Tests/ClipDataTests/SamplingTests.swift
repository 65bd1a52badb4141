import ClipData
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct SamplingTests {
  private func summary(_ options: SquaresSource.Options, _ video: Int) throws -> SegmentSummary {
    let source = SquaresSource(options)
    let entry = source.index.videos[video]
    let request = SegmentPlan.request(0, duration: options.duration, smallSettings())
    return try SegmentCache(source).withSegment(path: entry.path, entry.identity, request) {
      $0.summary
    }
  }

  @Test func segmentsCoverTheVideoOnTheGridOfFrames() {
    let settings = smallSettings()
    for duration in [0, 0.5, 15.9, 16, 16.1, 33, 600.3, 7200.77] {
      let count = SegmentPlan.count(duration: duration, settings)
      let requests = (0..<count).map { SegmentPlan.request($0, duration: duration, settings) }
      #expect(requests[0].start == 0)
      for (one, next) in zip(requests, requests.dropFirst()) {
        #expect(abs(one.start + one.duration - next.start) < 1e-9)
        #expect(next.start * settings.rate == (next.start * settings.rate).rounded())
      }
      let end = requests[count - 1].start + requests[count - 1].duration
      #expect(abs(end - (duration > 0 ? duration : 16)) < 1e-9)
      #expect(requests.allSatisfy { $0.duration > 0 && $0.duration <= 16.13 })
    }
  }

  @Test func findsHardCutsOnly() throws {
    var options = SquaresSource.Options()
    options.duration = 12
    for video in 0..<6 {
      #expect(try summary(options, video).shots == [0..<96])
      var cut = options
      cut.shotLength = 3
      let shots = try summary(cut, video).shots
      #expect(shots == [0..<24, 24..<48, 48..<72, 72..<96])
    }
  }

  @Test func aFlashAndASlowFadeAreNoCuts() {
    func shots(_ levels: [UInt8]) -> [Range<Int>] {
      let pixels = levels.flatMap { [UInt8](repeating: $0, count: 20 * 10 * 3) }
      return pixels.withUnsafeBufferPointer { pixels in
        pixels.baseAddress.map {
          ShotDetector().shots(pixels: $0, count: levels.count, width: 20, height: 10)
        } ?? []
      }
    }
    #expect(shots([50, 50, 50, 250, 50, 50, 50]) == [0..<7])
    #expect(shots(stride(from: 0, to: 255, by: 5).map { UInt8($0) }) == [0..<51])
    #expect(shots([50, 50, 50, 250, 250, 250]) == [0..<3, 3..<6])
    #expect(shots([50]) == [0..<1])
  }

  @Test func settingsOfAFileAreChecked() throws {
    #expect(ClipSettings().complaint == nil)
    let changes: [(inout ClipSettings) -> Void] = [
      { $0.videos = 0 }, { $0.frames = -1 }, { $0.layout = .patches(side: 0, patch: 32) },
      { $0.layout = .dense(size: 0) }, { $0.rate = .nan }, { $0.cropScale = 0...1 },
      { $0.patchAspect = -1...1 }, { $0.segmentSeconds = 1e9 }, { $0.audioSeconds = -1 },
      { $0.returnHalving = 0 }, { $0.returnShift = 1.5 }, { $0.returnShift = .nan },
    ]
    for change in changes { #expect(smallSettings(change).complaint?.contains("clips:") == true) }
    let settings = smallSettings()
    let copy = try JSONDecoder().decode(
      ClipSettings.self, from: try JSONEncoder().encode(settings))
    #expect(copy == settings)
  }

  /// Runs of before have no `returnHalving` and `returnShift` in their config.json: their return views go on as
  /// they were.
  @Test func settingsOfBeforeKeepTheirReturnViews() throws {
    var old = smallSettings { $0.returnScale = 0.4 }
    old.returnHalving = nil
    let text = try #require(String(bytes: try JSONEncoder().encode(old), encoding: .utf8))
    #expect(!text.contains("returnHalving") && !text.contains("returnShift"))
    let copy = try JSONDecoder().decode(ClipSettings.self, from: Data(text.utf8))
    #expect(copy == old && copy.complaint == nil)
    #expect(copy.returnScale(at: 0) == 0.4 && copy.returnScale(at: 9999) == 0.4)
    #expect(copy.returnShift == nil)
  }

  @Test func viewsStayWithinAShot() throws {
    var options = SquaresSource.Options()
    options.duration = 12
    options.shotLength = 2
    let summary = try summary(options, 0)
    let planner = ViewPlanner(smallSettings())
    for draw in 0..<300 {
      var random = CounterRandom(seed: 1, purpose: .test, step: draw)
      let views = try planner.draw(views: 2, summary, &random)
      #expect(views.count == 2 && views.allSatisfy { $0.count == 4 })
      for view in views {
        #expect(Set(view + views[0]).allSatisfy { $0 / 16 == views[0][0] / 16 })
        #expect(zip(view, view.dropFirst()).allSatisfy { $1 == $0 + 1 })
      }
    }
  }

  @Test func gapDensityFallsLinearly() throws {
    var options = SquaresSource.Options()
    options.duration = 15.9
    let summary = try summary(options, 3)
    var planner = ViewPlanner(smallSettings())
    planner.duplicate = 0
    let draws = 20_000
    var counts = [Double](repeating: 0, count: 4)
    for draw in 0..<draws {
      var random = CounterRandom(seed: 1, purpose: .test, step: draw)
      let views = try planner.draw(views: 2, summary, &random)
      let gap = abs(views[0][0] - views[1][0])
      #expect(gap <= 80)
      counts[min(3, gap * 4 / 81)] += 1 / Double(draws)
    }
    // Quarters of a triangle: 7, 5, 3 and 1 sixteenths.
    for (quarter, wanted) in [7.0, 5, 3, 1].enumerated() {
      #expect(abs(counts[quarter] - wanted / 16) < 0.02)
    }
  }

  @Test func nearDuplicatesAreDrawnAgain() throws {
    var options = SquaresSource.Options()
    options.duration = 15.9
    let summary = try summary(options, 3)
    let planner = ViewPlanner(smallSettings())
    var duplicates = 0
    for draw in 0..<500 {
      var random = CounterRandom(seed: 2, purpose: .test, step: draw)
      let views = try planner.draw(views: 2, summary, &random)
      if summary.difference(views[0][2], views[1][2]) < planner.duplicate { duplicates += 1 }
    }
    #expect(duplicates <= 2)
  }

  @Test func shortVideosRepeatFramesOrAreRefused() throws {
    var options = SquaresSource.Options()
    let planner = ViewPlanner(smallSettings())
    var random = CounterRandom(seed: 2, purpose: .test)
    options.duration = 0.375
    #expect(
      try planner.draw(views: 2, summary(options, 0), &random) == [[0, 1, 1, 2], [0, 1, 1, 2]])
    options.duration = 0.25
    #expect(try planner.draw(views: 1, summary(options, 0), &random) == [[0, 0, 1, 1]])
    #expect(try planner.fixed(views: 2, summary(options, 0)) == [[0, 0, 1, 1], [0, 0, 1, 1]])
    options.duration = 0.125
    let single = try summary(options, 0)
    #expect(throws: SegmentError.self) { try planner.draw(views: 1, single, &random) }
    #expect(throws: SegmentError.self) { try planner.fixed(views: 1, single) }
  }

  @Test func placesOfABatchDoNotMeet() {
    let order = EpochOrder(videos: Array(0..<40), seed: 3)
    let first = (0..<8).map { Set(order.places(step: 2, slot: $0, batch: 8).prefix(17)) }
    for slot in 1..<8 { #expect(first[0].isDisjoint(with: first[slot])) }
    let all = order.places(step: 2, slot: 3, batch: 8).map { order.video(at: $0).video }
    #expect(Set(all).count == 40)
    let own = 2 * 8 + 3
    let strided = (0...16).map { own + 8 * $0 }
    #expect(
      Array(order.places(step: 2, slot: 3, batch: 8)) == strided + (1..<80).map { own + 128 + $0 })
  }
}
