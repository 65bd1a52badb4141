import Evaluation
import Foundation
import Media
import NeuralNetworks
import SampleClips
import TensorCore
import TestSupport
import Testing

@Suite struct TrackerTests {
  private func pixels() throws -> FeatureModel {
    try ModelSource("pixels").featureModel(
      random: EncoderConfiguration(width: 16, audioWidth: 16), seed: 0)
  }

  private func random() throws -> FeatureModel {
    try ModelSource("random").featureModel(
      random: EncoderConfiguration(width: 16, audioWidth: 16), seed: 3)
  }

  /// Noise that moves by whole cells: every cell has its exact counterpart in the frame before.
  private func noise(width: Int, height: Int, shift: Int) -> [UInt8] {
    (0..<width * height * 3).map { at in
      let (x, y, c) = (at / 3 % width + shift, at / 3 / width, at % 3)
      return UInt8(truncatingIfNeeded: StableNoise.value(x, y, c) >> 24)
    }
  }

  @Test func aMaskMovesWithItsPixels() throws {
    let (width, height) = (160, 96)
    let tracker = Tracker(
      model: try pixels(), settings: TrackingSettings(), width: width, height: height)
    let box = PixelBox(x: 80, y: 32, width: 32, height: 24)
    let first = LabelMask(width: width, height: height, box: box, object: 5)
    let given = tracker.next(
      noise(width: width, height: height, shift: 0),
      marks: Marks(mask: first, points: [PointMark(id: "nose", x: 93, y: 45)]))
    #expect(given.mask == first)
    for step in 1...3 {
      let found = tracker.next(noise(width: width, height: height, shift: 8 * step))
      let moved = LabelMask(
        width: width, height: height,
        box: PixelBox(x: 80 - 8 * step, y: 32, width: 32, height: 24), object: 5)
      #expect(BinaryMask(found.mask, object: 5).overlap(with: BinaryMask(moved, object: 5)) > 0.8)
      let object = try #require(found.objects.first)
      #expect(object.id == 5 && !object.isLost && object.confidence > 0.8)
      let point = try #require(found.points.first)
      #expect(abs(point.x - Double(93 - 8 * step)) < 1 && abs(point.y - 45) < 1)
      #expect(!point.isLost && point.confidence > 0.9)
    }
  }

  /// A correction is there and nowhere else; others keep their place; a new object is added.
  @Test func laterMasksCorrect() throws {
    let (width, height) = (128, 64)
    let tracker = Tracker(
      model: try pixels(), settings: TrackingSettings(), width: width, height: height)
    var mask = LabelMask(
      width: width, height: height, box: PixelBox(x: 0, y: 0, width: 32, height: 32), object: 1)
    for y in 40..<64 { for x in 96..<128 { mask.pixels[y * width + x] = 2 } }
    let frame = noise(width: width, height: height, shift: 0)
    _ = tracker.next(frame, marks: Marks(mask: mask))
    var fix = LabelMask(
      width: width, height: height, box: PixelBox(x: 64, y: 0, width: 24, height: 24), object: 1)
    fix.pixels[60 * width + 2] = 9
    let found = tracker.next(frame, marks: Marks(mask: fix))
    #expect(found.objects.map(\.id) == [1, 2, 9])
    #expect(found.mask.pixels[10 * width + 10] == 0)
    #expect(found.mask.pixels[10 * width + 70] == 1)
    #expect(found.mask.pixels[50 * width + 110] == 2)
    #expect(found.mask.pixels[60 * width + 2] == 9)
  }

  /// Backward as forward, a picture is shown at its place in the folder.
  @Test func timesOfAFolderAreThoseOfItsFrames() throws {
    let folder = try ScratchFolder()
    for index in 0..<5 {
      try ImageWriter.writePNG(
        noise(width: 32, height: 32, shift: 0), width: 32, height: 32,
        to: folder.path("0000\(index).png"))
    }
    var times: [Int: Double] = [:]
    let outcome = try VideoTracker(
      input: try FrameInput(folder.path, rate: 10), model: try pixels(),
      settings: TrackingSettings(), marks: [3: Marks(points: [PointMark(id: "a", x: 9, y: 9)])],
      backward: true
    ).run { times[$0.index] = $0.time }
    #expect(outcome.frames == 5)
    #expect(times == Dictionary(uniqueKeysWithValues: (0..<5).map { ($0, Double($0) / 10) }))
  }

  @Test func whatIsGoneIsLost() throws {
    let (width, height) = (64, 64)
    var settings = TrackingSettings()
    settings.lostBelow = 0.5
    settings.propagation.topK = 10
    let tracker = Tracker(model: try pixels(), settings: settings, width: width, height: height)
    let mask = LabelMask(
      width: width, height: height, box: PixelBox(x: 24, y: 24, width: 8, height: 8), object: 1)
    _ = tracker.next(noise(width: width, height: height, shift: 0), marks: Marks(mask: mask))
    let found = tracker.next(noise(width: width, height: height, shift: 5_003))
    #expect(found.objects[0].isLost)
    #expect(!found.mask.pixels.contains(1))

    // Points have a bound of their own.
    for bound in [0.0, 1] {
      settings.pointLostBelow = bound
      let tracker = Tracker(model: try pixels(), settings: settings, width: width, height: height)
      _ = tracker.next(
        noise(width: width, height: height, shift: 0),
        marks: Marks(points: [PointMark(id: "a", x: 30, y: 30)]))
      let found = tracker.next(noise(width: width, height: height, shift: 5_003))
      #expect(found.points[0].isLost == (bound > 0))
      #expect(found.points[0].confidence < 1)
    }
  }

  /// Sizes that are no multiple of 8 have a cell for every pixel, and scaled frames give masks of full size.
  @Test(arguments: [(1, 1), (7, 9), (65, 33), (130, 57)]) func anySize(_ width: Int, _ height: Int)
    throws
  {
    for lines in [nil, 24] as [Int?] {
      var settings = TrackingSettings()
      settings.lines = lines
      settings.centring = true
      settings.layers = .both
      let tracker = Tracker(model: try random(), settings: settings, width: width, height: height)
      #expect(tracker.grid.rows == (min(lines ?? height, height) + 7) / 8)
      let frame = noise(
        width: tracker.grid.modelWidth, height: tracker.grid.modelHeight, shift: 0)
      let mask = LabelMask(
        width: width, height: height,
        box: PixelBox(x: width / 2, y: height / 2, width: width, height: height))
      _ = tracker.next(frame, marks: Marks(mask: mask))
      let found = tracker.next(frame)
      #expect(found.mask.width == width && found.mask.height == height)
      #expect(found.mask.pixels[width * height - 1] == 1)
    }
  }

  /// An encoder that mirrors at the border needs two cells a side; less is an error that names the frames.
  @Test(arguments: [(8, 8, nil, "scale"), (64, 8, nil, "scale"), (40, 480, 24, "--height")])
  func framesTooSmallForAMirrorAreRefused(
    _ width: Int, _ height: Int, _ lines: Int?, _ mend: String
  ) throws {
    let folder = try ScratchFolder()
    for index in 0..<2 {
      try ImageWriter.writePNG(
        noise(width: width, height: height, shift: 0), width: width, height: height,
        to: folder.path("0000\(index).png"))
    }
    func model(_ padding: PaddingMode) throws -> FeatureModel {
      try ModelSource("random").featureModel(
        random: EncoderConfiguration(width: 16, padding: padding, audioWidth: 16), seed: 3)
    }
    let input = try FrameInput(folder.path)
    var settings = TrackingSettings()
    settings.lines = lines
    let marks = [0: Marks(points: [PointMark(id: "a", x: 3, y: 3)])]
    func track(_ padding: PaddingMode) throws -> Int {
      try VideoTracker(
        input: input, model: try model(padding), settings: settings, marks: marks, backward: true
      ).run { _ in }.frames
    }
    #expect(try track(.zeros) == 2)
    let error = #expect(throws: EvaluationError.self) { try track(.reflect) }
    #expect(error?.exitStatus == 65)
    #expect(error?.description.hasPrefix(folder.path) == true)
    #expect(error?.description.contains(mend) == true)

    let table = folder.path("p.csv")
    try "frame,id,x,y\n0,a,3,3\n1,a,3,3\n".write(
      toFile: table, atomically: true, encoding: .utf8)
    let frames = [folder.path("00000.png"), folder.path("00001.png")]
    #expect(throws: EvaluationError.self) {
      try PointEvaluation(model: try model(.reflect), settings: settings).run(
        try PointTable(table), frames: frames, name: "p")
    }
  }

  /// What lies clearly beyond the end is refused before there is any work.
  @Test func marksBeyondTheEndAreRefusedEarly() throws {
    let clips =
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/clips"
    for (path, first, last) in [
      ("/davis/JPEGImages/480p/ball-bounces", 30, 29), ("/ball/ball-01.mp4", 5000, 70),
    ] {
      let input = try FrameInput(clips + path)
      func tracker(_ frame: Int) throws -> VideoTracker {
        let mark = Marks(points: [PointMark(id: "a", x: 30, y: 30)])
        return try VideoTracker(
          input: input, model: try pixels(), settings: TrackingSettings(),
          marks: [0: mark, frame: mark], backward: true)
      }
      _ = try tracker(last)
      let error = #expect(throws: EvaluationError.self) { try tracker(first) }
      #expect(error?.exitStatus == 64)
    }
  }

  /// Steps on a folder of frames move the weights, the same way each time.
  @Test func adaptationLearnsFromTheVideo() throws {
    let frames =
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/clips/davis/JPEGImages/480p/ball-bounces"
    let input = try FrameInput(frames)
    let (first, second) = (try random(), try random())
    let before = first.snapshot()
    for model in [first, second] { try Adaptation(steps: 2, seed: 5).run(model, on: input) }
    let after = first.snapshot()
    #expect(zip(before, after).contains { $0.array != $1.array })
    #expect(after.allSatisfy { $0.isFinite })
    #expect(zip(after, second.snapshot()).allSatisfy { $0.array == $1.array })
    #expect(throws: EvaluationError.self) {
      try Adaptation(steps: 1, seed: 5).run(try pixels(), on: input)
    }
  }

  @Test func modelsThatAreNotThereAreNamed() {
    do {
      _ = try ModelSource("/nowhere/model.safetensors")
      Issue.record("found a model that is not there")
    } catch {
      #expect(error.exitStatus == 66)
      #expect(error.description.contains("/nowhere/model.safetensors"))
    }
  }
}

/// A hash of a place.
private enum StableNoise {
  static func value(_ x: Int, _ y: Int, _ c: Int) -> UInt32 {
    var h = UInt32(truncatingIfNeeded: x &* 73_856_093 ^ y &* 19_349_663 ^ c &* 83_492_791)
    h = (h ^ (h >> 16)) &* 0x85EB_CA6B
    h = (h ^ (h >> 13)) &* 0xC2B2_AE35
    return h ^ (h >> 16)
  }
}
