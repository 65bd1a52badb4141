import ClipData
import TensorCore
import TestSupport
import Testing

/// Of a segment of moving squares of so many pixels.
func pictureSummary(_ width: Int, _ height: Int) throws -> SegmentSummary {
  var options = SquaresSource.Options()
  options.width = width
  options.height = height
  let source = SquaresSource(options)
  let entry = source.index.videos[0]
  let request = SegmentRequest(
    start: 0, duration: 1, rate: 8, shortSide: min(width, height), audioRate: 0)
  return try SegmentCache(source).withSegment(path: entry.path, entry.identity, request) {
    $0.summary
  }
}

@Suite struct AugmentationTests {
  private let key = ClipKey(seed: 1, epoch: 0, step: 0, video: 77, view: 0)

  @Test(arguments: [(90, 60), (60, 90), (64, 64)]) func cropsKeepTheirBounds(
    width: Int, height: Int
  ) throws {
    let settings = smallSettings { $0.layout = .dense(size: 32) }
    let summary = try pictureSummary(width, height)
    let side = Double(min(width, height))
    var seen: Set<Box> = []
    for step in 0..<200 {
      var key = key
      key.step = step
      let clip = Augmentation(settings, summary, brightness: 0.5, key: key)
      #expect(clip.boxes.count == 4 && clip.boxes.allSatisfy { $0.count == 1 })
      for box in clip.boxes.map({ $0[0] }) {
        #expect(box.x >= -1e-9 && box.x + box.width <= Double(width) + 1e-9)
        #expect(box.y >= -1e-9 && box.y + box.height <= Double(height) + 1e-9)
        let share = box.width * box.height / (side * side)
        #expect(share > 0.799 && share < 0.951)
        #expect(box.width / box.height > 0.699 && box.width / box.height < 1.301)
        seen.insert(box)
      }
    }
    #expect(seen.count > 750)
  }

  @Test func patchesLieInTheirCells() throws {
    let settings = smallSettings { $0.layout = .patches(side: 7, patch: 16) }
    let summary = try pictureSummary(72, 72)
    let plain = Augmentation(evaluating: settings, summary)
    #expect(plain.boxes[0][0] == Box(x: 0, y: 0, width: 18, height: 18))
    #expect(plain.boxes[3][48] == Box(x: 54, y: 54, width: 18, height: 18))
    #expect(plain.boxes[2][8] == Box(x: 9, y: 9, width: 18, height: 18))
    let clip = Augmentation(settings, summary, brightness: 0.5, key: key)
    let areas = clip.boxes.flatMap { $0 }.map { $0.width * $0.height / (18 * 18) }
    // A share of 0.7 to 0.9 of a cell that is itself 0.8 to 0.95 of the plain one.
    #expect(areas.allSatisfy { $0 > 0.8 * 0.7 - 1e-9 && $0 < 0.95 * 0.9 + 1e-9 })
    #expect(Set(clip.boxes.flatMap { $0 }).count == 4 * 49)
  }

  /// Without jitter a patch is what the whole picture shows at its place.
  @Test func patchesAreCutFromTheFrame() throws {
    let source = SquaresSource()
    let summary = try pictureSummary(72, 72)
    let pixels = try source.segment(
      path: source.path(0), SegmentRequest(start: 0, duration: 1, rate: 8, shortSide: 72)
    ).pixels
    #expect(pixels.count == 8 * 96 * 72 * 3)
    let square = (0..<72 * 72 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 / 11) }
    func images(_ layout: NodeLayout, _ size: Int, _ count: Int) -> Tensor {
      var settings = smallSettings { $0.layout = layout }
      settings.frames = 1
      let clip = Augmentation(evaluating: settings, summary)
      return .make([count, size, size, 3]) { out in
        square.withUnsafeBufferPointer { square in
          guard let base = square.baseAddress else { return }
          clip.draw(base, width: 72, height: 72, layout: layout, size: size, out)
        }
      }
    }
    let whole = images(.dense(size: 72), 72, 1).array
    let patches = images(.patches(side: 7, patch: 18), 18, 49).array
    for (cell, row, column) in [(0, 0, 0), (10, 5, 17), (48, 17, 0)] {
      let place = ((cell * 18 + row) * 18 + column) * 3
      let there = ((cell / 7 * 9 + row) * 72 + cell % 7 * 9 + column) * 3
      for channel in 0..<3 {
        #expect(abs(patches[place + channel] - whole[there + channel]) < 1e-4)
      }
    }
  }

  @Test func streamsDifferByEveryPartOfTheKey() throws {
    var keys = [key, key, key, key, key, key]
    keys[1].seed = 2
    keys[2].epoch = 1
    keys[3].step = 1
    keys[4].video = 78
    keys[5].view = 1
    let draws = keys.map { key in
      var random = key.random(.crop)
      return random.next()
    }
    #expect(Set(draws).count == 6)
  }

  @Test func normalisationIsMeasuredAlikeOnAnyNumberOfThreads() throws {
    var options = SquaresSource.Options()
    options.silent = [0, 3]
    func measure(_ videos: [Int]) throws -> AudioNormalisation {
      let source = SquaresSource(options)
      return try .measure(
        index: source.index, videos: videos, settings: smallSettings(), cache: SegmentCache(source),
        seed: 4)
    }
    let threads = Threads.count
    Threads.count = 1
    let one = try measure(Array(0..<8))
    Threads.count = 3
    #expect(try measure(Array(0..<8)) == one)
    Threads.count = threads
    #expect(one.mean.allSatisfy(\.isFinite) && one.scale.allSatisfy { $0 > 0 && $0 <= 10 })
    #expect(try measure([0, 3]) == .none)
  }
}
