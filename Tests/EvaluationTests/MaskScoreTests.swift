import Evaluation
import Foundation
import Media
import Storage
import TensorCore
import TestSupport
import Testing

@Suite struct MaskScoreTests {
  /// `Goldens/make_mask_scores.py`: masks and the numbers of the official definitions.
  @Test(arguments: 0..<4) func agreesWithTheDefinitions(_ number: Int) throws {
    let golden = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens/mask_scores.safetensors").path)
    let found = try golden.tensor("found.\(number)")
    let truth = try golden.tensor("truth.\(number)")
    let measures = try golden.tensor("measures.\(number)").array
    let statistics = try golden.tensor("statistics.\(number)").array
    let scorer = SequenceScorer(objects: [1])
    for t in 0..<found.shape[0] {
      scorer.add(found: mask(found, t), truth: mask(truth, t))
      let mine = BinaryMask(mask(found, t), object: 1)
      let theirs = BinaryMask(mask(truth, t), object: 1)
      let contour = Boundary.measure(mine, truth: theirs)
      #expect(abs(mine.overlap(with: theirs) - Double(measures[2 * t])) < 1e-6, "frame \(t)")
      #expect(abs(contour - Double(measures[2 * t + 1])) < 1e-6, "frame \(t)")
    }
    let scores = scorer.scores()[0].scores
    let got = [scores.region, scores.contour].flatMap { [$0.mean, $0.recall, $0.decay] }
    for (value, wanted) in zip(got, statistics) { #expect(abs(value - Double(wanted)) < 1e-6) }
  }

  private func mask(_ masks: Tensor, _ t: Int) -> LabelMask {
    LabelMask(
      width: masks.shape[2], height: masks.shape[1],
      pixels: masks.slice(t..<t + 1).array.map { UInt8($0) })
  }

  @Test func objectsAreJudgedByThemselves() {
    let truth = LabelMask(width: 4, height: 1, pixels: [1, 1, 2, 2])
    let scorer = SequenceScorer(objects: [1, 2])
    scorer.add(found: LabelMask(width: 4, height: 1, pixels: [1, 1, 1, 2]), truth: truth)
    scorer.add(found: LabelMask(width: 4, height: 1, pixels: [0, 0, 2, 2]), truth: truth)
    let scores = scorer.scores()
    #expect(abs(scores[0].scores.region.mean - (2.0 / 3 + 0) / 2) < 1e-12)
    #expect(abs(scores[1].scores.region.mean - (0.5 + 1) / 2) < 1e-12)
    let all = MaskScores(mean: scores.map(\.scores))
    #expect(abs(all.region.mean - (1.0 / 3 + 0.75) / 2) < 1e-12)
  }

  @Test func conventionsOfMasks() {
    func mask(_ pixels: [UInt8]) -> LabelMask { LabelMask(width: 4, height: 1, pixels: pixels) }
    // Black and white: one object, also where the results are numbered 1.
    let white = MaskConvention(first: mask([0, 255, 255, 0]), merges: false)
    #expect(white.objects == [1])
    #expect(white.truth(mask([0, 0, 255, 0])).pixels == [0, 0, 1, 0])
    #expect(white.result(mask([0, 1, 1, 0])).pixels == [0, 1, 1, 0])
    #expect(white.result(mask([0, 255, 0, 0])).pixels == [0, 1, 0, 0])
    // Numbers: void is background in both.
    let numbered = MaskConvention(first: mask([0, 3, 7, 255]), merges: false)
    #expect(numbered.objects == [3, 7])
    #expect(numbered.truth(mask([255, 3, 7, 0])).pixels == [0, 3, 7, 0])
    // 2016: everything is one object, void is not.
    let merged = MaskConvention(first: mask([0, 3, 7, 255]), merges: true)
    #expect(merged.objects == [1])
    #expect(merged.truth(mask([255, 3, 7, 0])).pixels == [0, 1, 1, 0])
    // One object numbered 1, results in black and white.
    let single = MaskConvention(first: mask([0, 1, 1, 0]), merges: false)
    #expect(single.result(mask([0, 255, 255, 0])).pixels == [0, 1, 1, 0])
  }

  /// Colours of no palette are the same objects in truth and results, also where the results show but one of them.
  @Test func coloursAreTheSameObjectsInResults() throws {
    let folder = try ScratchFolder()
    let (none, red, blue): ([UInt8], [UInt8], [UInt8]) = ([0, 0, 0], [250, 9, 9], [9, 9, 250])
    func write(_ pixels: [[UInt8]], _ path: String) throws {
      try Folder.create(Folder.parent(of: folder.path(path)))
      try ImageWriter.writePNG(
        pixels.flatMap { $0 }, width: pixels.count, height: 1, to: folder.path(path))
    }
    for frame in 0..<4 {
      try write([red, none, none, blue], "truth/\(frame).png")
      try write([red, none, none, none], "found/\(frame).png")
    }
    let scores = try MaskFolders.score(
      "", truth: folder.path("truth"), results: folder.path("found"), merges: false)
    #expect(scores.objects.map(\.object) == [1, 2])
    #expect(scores.objects.map(\.scores.region.mean) == [0, 1])
  }

  /// Without a frame between the first and the last there is no score.
  @Test func tooFewFramesAreNamed() throws {
    let folder = try ScratchFolder()
    let names = ["JPEGImages/480p/a", "Annotations/480p/a"].map(folder.path)
    for name in names {
      try Folder.create(name)
      for frame in 0..<2 {
        try ImageWriter.writeIndexedPNG([0, 1], width: 2, height: 1, to: "\(name)/\(frame).png")
      }
    }
    for (named, run) in [
      (
        names[1],
        { _ = try MaskFolders.score("", truth: names[1], results: names[1], merges: false) }
      ),
      (names[0], { _ = try DavisTree(folder.path).sequence("a") }),
    ] as [(String, () throws -> Void)] {
      let error = #expect(throws: EvaluationError.self) { try run() }
      #expect(error?.exitStatus == 65)
      #expect(error?.description.hasPrefix("\(named): 2 frames; three frames are needed") == true)
    }
  }

  /// Real predictions and the official evaluator's numbers for them.
  @Test(.enabled(if: RealData.folder != nil)) func agreesWithTheOfficialEvaluator() throws {
    let tracking = try #require(RealData.folder) + "/tracking"
    let fixtures = tracking + "/davis_metric_fixtures"
    let table = try String(
      contentsOfFile: fixtures + "/reference_per_sequence.csv", encoding: .utf8)
    var judged = 0
    for line in table.split(whereSeparator: \.isNewline).dropFirst() {
      let fields = line.split(separator: ",").map(String.init)
      guard Folder.exists("\(fixtures)/osvos_masks/480p/\(fields[0])") else { continue }
      let scores = try MaskFolders.score(
        fields[0], truth: tracking + "/davis8/Annotations/480p",
        results: fixtures + "/osvos_masks/480p", merges: true
      ).mean
      let got = [scores.region, scores.contour].flatMap { [$0.mean, $0.recall, $0.decay] }
      for (value, wanted) in zip(got, fields[3...]) {
        #expect(abs(value - (Double(wanted) ?? .nan)) < 2e-6, "\(fields[0])")
      }
      judged += 1
    }
    #expect(judged == 8)
  }
}

/// Real files to test on, where they are present.
enum RealData {
  static let folder = ProcessInfo.processInfo.environment["PALINDROME_DATA"]
}
