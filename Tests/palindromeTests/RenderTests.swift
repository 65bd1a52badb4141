import Foundation
import Media
import SampleClips
import Storage
import Testing

@testable import palindrome

@Suite struct RenderTests {
  /// The committed sample clips.
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/clips"

  private func files(below folder: String) -> [String] {
    FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
      .filter {
        !((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\($0)")) != nil)
      }
      .sorted() ?? []
  }

  @Test func aClipIsTheSameBytesTwice() throws {
    let folder = try TemporaryFolder()
    let clip = try #require(SampleClipSet(seed: 5).clips.first { $0.number == 2 })
    var bytes: [Data] = []
    for name in ["a", "b"] {
      try Folder.create(folder.file("\(name)/\(clip.label)"))
      try RenderedFolder(seed: 5).write(clip, to: folder.file(name))
      bytes.append(try Data(contentsOf: URL(fileURLWithPath: folder.file("\(name)/\(clip.path)"))))
    }
    #expect(bytes[0] == bytes[1])
    #expect(bytes[0].count < 120_000)
  }

  /// What is committed is what the command makes of seed 0: the lists to the byte, every file there, none
  /// besides, small enough for a repository.
  @Test func committedClipsAreComplete() throws {
    let set = SampleClipSet(seed: 0)
    let labels = Set(set.clips.map(\.label))
    #expect(labels.count >= 8)
    #expect(labels.allSatisfy { label in set.clips.count { $0.label == label } >= 12 })
    for (name, list) in [("labels", set.clips), ("few", set.few), ("test", set.test)] {
      let text = try String(contentsOfFile: "\(Self.clips)/\(name).csv", encoding: .utf8)
      #expect(text == SampleClipSet.table(of: list))
    }
    let sequences = TrackingSequence.all(seed: 0)
    #expect(sequences.count >= 6)
    var wanted = set.clips.map(\.path) + ["labels.csv", "few.csv", "test.csv"]
    wanted.append("davis/ImageSets/2017/val.txt")
    for sequence in sequences {
      for index in 0..<TrackingSequence.frameCount {
        let file = "480p/\(sequence.name)/" + String(format: "%05d", index)
        wanted += ["davis/JPEGImages/\(file).jpg", "davis/Annotations/\(file).png"]
      }
    }
    let present = files(below: Self.clips)
    #expect(present == wanted.sorted())
    let size = try present.reduce(0) {
      $0
        + (try FileManager.default.attributesOfItem(atPath: "\(Self.clips)/\($1)")[.size] as? Int
          ?? 0)
    }
    #expect(size < 8 << 20)
  }

  /// The committed masks are the sequences' own, and in some two objects are seen.
  @Test func committedMasksAreTheSequences() throws {
    let folder = try TemporaryFolder()
    let (width, height) = RenderedFolder.sequenceSize
    var most = 0
    for sequence in TrackingSequence.all(seed: 0) {
      let mask = sequence.frame(17, width: width, height: height).mask
      most = max(most, Set(mask).count - 1)
      let again = folder.file(sequence.name + ".png")
      try ImageWriter.writeIndexedPNG(mask, width: width, height: height, to: again)
      let committed = "\(Self.clips)/davis/Annotations/480p/\(sequence.name)/00017.png"
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: committed))
          == Data(contentsOf: URL(fileURLWithPath: again)))
    }
    #expect(most == 2)
  }

  @Test func tablesOfTheUserAreKept() throws {
    let folder = try TemporaryFolder()
    try folder.write("path,label\nball/ball-01.mp4,ball\n", to: "labels.csv")
    try folder.write("path,label\nmine.mp4,dog\n", to: "few.csv")
    let outcome = try Binary.run("render", "--out", folder.path, "--quiet")
    #expect(outcome.status == 73 && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(folder.file("few.csv")))
    #expect(try String(contentsOfFile: folder.file("few.csv"), encoding: .utf8).contains("mine"))
    #expect(Folder.names(in: folder.path).sorted() == ["few.csv", "labels.csv"])
  }

  @Test func unwritableFolderIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("a file", to: "taken")
    let outcome = try Binary.run("render", "--out", folder.file("taken"), "--quiet")
    #expect(outcome.status == 73)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(folder.file("taken")))
    #expect(outcome.output.isEmpty)
  }
}
