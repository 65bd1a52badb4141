import ClipData
import TensorCore
import TestSupport
import Testing

/// The return view: another look at the first frame.
@Suite struct ReturnViewTests {
  /// Return views that change with the steps, to the half in 1,000.
  private func changing(_ change: (inout ClipSettings) -> Void = { _ in }) -> ClipSettings {
    smallSettings {
      $0.layout = .dense(size: 32)
      $0.returnView = true
      $0.returnHalving = 1000
      change(&$0)
    }
  }

  /// Of a hundred views drawn at a step, the smallest shows the least share of it or little more.
  @Test func returnViewsShrinkWithTheSteps() throws {
    let settings = changing { $0.returnScale = 0.1 }
    let segment = try pictureSummary(96, 64)
    for (step, least) in [(0, 0.5), (1000, 0.25), (2000, 0.125), (2400, 0.1), (1_000_000, 0.1)] {
      #expect(abs(settings.returnScale(at: step) - least) < 0.005)
      let shares = (0..<100).map { draw in
        let key = ClipKey(seed: UInt64(draw), epoch: 0, step: step, video: 7, view: 0)
        let box = Augmentation(settings, segment, brightness: 0.5, key: key).boxes[settings.frames][
          0]
        return box.width * box.height / (64 * 64)
      }.sorted()
      #expect(shares[0] > least - 0.005 && shares[0] < least + 0.1 && shares[99] > 0.8)
    }
  }

  /// Return views begin in the clip's own square, and are as far from it after many steps as asked for.
  @Test func returnViewsStrayWithTheSteps() throws {
    let settings = changing { $0.returnShift = 0.5 }
    let still = changing()
    let segment = try pictureSummary(256, 64)
    var mirrored = [0, 0, 0]
    var furthest = [0.0, 0, 0]
    for (place, step) in [0, 1000, 100_000].enumerated() {
      for draw in 0..<200 {
        let key = ClipKey(seed: UInt64(draw), epoch: 0, step: step, video: 7, view: 0)
        let clip = Augmentation(settings, segment, brightness: 0.5, key: key)
        let same = Augmentation(still, segment, brightness: 0.5, key: key)
        #expect(Array(clip.boxes.dropLast()) == Array(same.boxes.dropLast()))
        if step == 0 { #expect(clip.boxes == same.boxes) }
        #expect(clip.mirrored == same.mirrored && same.returnMirrored == same.mirrored)
        mirrored[place] += clip.mirrored == clip.returnMirrored ? 0 : 1
        let (frame, view) = (clip.boxes[0][0], clip.boxes[settings.frames][0])
        furthest[place] = max(
          furthest[place], view.x + view.width - frame.x, frame.x + frame.width - view.x)
      }
    }
    #expect(mirrored[0] == 0 && (30...70).contains(mirrored[1]) && (75...125).contains(mirrored[2]))
    // The square is 64 wide; views may reach 0, 16 and 32 beyond it.
    #expect(furthest[0] <= 64 && (70...80).contains(furthest[1]) && (86...96).contains(furthest[2]))
  }

  /// A picture whose colours tell where a pixel stands is drawn twice; the map must lead from each place of the
  /// one to the place of the other that has the same colours.
  @Test(arguments: [nil, 0.5]) func theMapLeadsToTheSamePlace(_ shift: Double?) throws {
    let (width, height, size) = (160, 120, 48)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width { pixels += [UInt8(x), UInt8(2 * y), 0] }
    }
    var options = SquaresSource.Options()
    options.width = width
    options.height = height
    let source = SquaresSource(options)
    let entry = source.index.videos[0]
    let summary = try SegmentCache(source).withSegment(
      path: entry.path, entry.identity,
      SegmentRequest(start: 0, duration: 1, rate: 8, shortSide: height, audioRate: 0)
    ) { $0.summary }
    let settings = smallSettings {
      $0.layout = .dense(size: size)
      $0.frames = 1
      $0.returnView = true
      $0.colourJitter = 0
      $0.returnJitter = 0
      $0.returnShift = shift
    }
    var (mirrored, alone, beyond, compared) = (0, 0, 0, 0)
    for step in 0..<20 {
      let key = ClipKey(seed: 3, epoch: 0, step: step, video: 9, view: 0)
      let clip = Augmentation(settings, summary, brightness: 0.5, key: key)
      mirrored += clip.mirrored ? 1 : 0
      alone += clip.mirrored != clip.returnMirrored ? 1 : 0
      // No frame's crop reaches further than the square, which is 120 wide, from one of its sides.
      let (frame, view) = (clip.boxes[0][0], clip.boxes[1][0])
      #expect(view.x >= -1e-9 && view.x + view.width <= Double(width) + 1e-9)
      let all = (min(frame.x, view.x), max(frame.x + frame.width, view.x + view.width))
      beyond += all.1 - all.0 > 120.001 ? 1 : 0
      let map = try #require(clip.homecoming)
      let images = Tensor.make([2, size, size, 3]) { out in
        pixels.withUnsafeBufferPointer {
          guard let base = $0.baseAddress else { return }
          clip.draw(
            base, width: width, height: height, layout: settings.layout, size: size, out)
        }
      }.array
      func colour(_ look: Int, _ x: Double, _ y: Double) -> (Float, Float) {
        let (column, row) = (Int(x * Double(size)), Int(y * Double(size)))
        let at = ((look * size + row) * size + column) * 3
        return (images[at], images[at + 1])
      }
      let before = compared
      for u in stride(from: 0.15, to: 0.9, by: 0.1) {
        for v in stride(from: 0.15, to: 0.9, by: 0.1) {
          let to = map(x: u, y: v)
          guard (0.05..<0.95).contains(to.x), (0.05..<0.95).contains(to.y) else { continue }
          let (here, there) = (colour(0, u, v), colour(1, to.x, to.y))
          // A pixel of the images is at most 2.5 of the picture, and 1/255 is 0.017 of a normalised colour.
          #expect(abs(here.0 - there.0) < 0.07 && abs(here.1 - there.1) < 0.14)
          compared += 1
        }
      }
      if shift == nil { #expect(compared - before > 10) }
    }
    #expect(compared > 200 && mirrored > 3 && mirrored < 17)
    if shift == nil {
      #expect(alone == 0 && beyond == 0)
    } else {
      #expect(alone > 3 && alone < 17 && beyond > 3)
    }
  }
}
