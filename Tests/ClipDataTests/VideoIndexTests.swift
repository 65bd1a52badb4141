import ClipData
import Foundation
import Synchronization
import Testing

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "clipdata-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String = "x") throws {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
}

/// Judges a file by its name and counts how often it is asked.
private final class NameSource: FrameSource {
  private let asked = Mutex([String]())
  var probes: [String] { asked.withLock { $0.sorted() } }

  func probe(path: String) -> VideoProbe {
    let name = (path as NSString).lastPathComponent
    asked.withLock { $0.append(name) }
    if name.contains("bad") { return VideoProbe(verdict: .unreadable, reason: "broken header") }
    return VideoProbe(verdict: .ok, duration: name.contains("endless") ? .infinity : 3)
  }
  func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    throw ClipLoaderError.noVideos
  }
}

@Suite struct VideoIndexTests {
  @Test func findsJudgesAndSorts() throws {
    let folder = try TemporaryFolder()
    for name in [
      "b.mp4", "a/z.mkv", "a/Bad.avi", "a/bad.avi", "notes.txt", ".hidden.mp4", ".git/x.mp4",
      "noextension", "endless.mp4", "a-1.mp4",
    ] { try folder.write(name) }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/a/loop", withDestinationPath: folder.path)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/gone.mp4", withDestinationPath: folder.path + "/nowhere")
    mkfifo(folder.path + "/pipe.mp4", 0o600)
    let index = try VideoIndex.build(folders: [folder.path], source: NameSource())
    #expect(
      index.videos.map(\.relativePath) == [
        "a/Bad.avi", "a/z.mkv", "a-1.mp4", "b.mp4", "endless.mp4", "noextension",
      ])
    #expect(index.unusable.map(\.relativePath) == ["a/bad.avi", "gone.mp4", "pipe.mp4"])
    #expect(index.unusable.allSatisfy { !$0.probe.reason.isEmpty })
    #expect(index.others == ["notes.txt"])
    #expect(index.videos[4].probe.duration == 0)
  }

  @Test func probesOnlyWhatChanged() throws {
    let folder = try TemporaryFolder()
    let cache = folder.path + "/.index.json"
    for name in ["a.mp4", "b.mp4", "bad.mp4"] { try folder.write(name) }
    func build() throws -> (VideoIndex, [String]) {
      let source = NameSource()
      let index = try VideoIndex.build(folders: [folder.path], source: source, cache: cache)
      try index.write(to: cache)
      return (index, source.probes)
    }
    let (first, probed) = try build()
    #expect(probed == ["a.mp4", "b.mp4", "bad.mp4"])
    let (second, again) = try build()
    #expect(again.isEmpty && second == first)
    #expect(VideoIndex(contentsOf: cache) == first)
    try folder.write("b.mp4", "longer")
    try folder.write("c.mp4")
    let (third, changed) = try build()
    #expect(changed == ["b.mp4", "c.mp4"])
    #expect(third.signature != first.signature)
    for damage in ["", "{\"version\":1", "{\"version\":999,\"videos\":[]}", "\u{0}\u{1}"] {
      try folder.write(".index.json", damage)
      let (rebuilt, all) = try build()
      #expect(all.count == 4 && rebuilt == third)
    }
  }

  @Test func filesPutBackAreTheSameVideos() throws {
    let folder = try TemporaryFolder()
    for name in ["a.mp4", "b.mp4"] { try folder.write(name) }
    let index = try VideoIndex.build(folders: [folder.path], source: NameSource())
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: folder.path + "/a.mp4")
    let copied = try VideoIndex.build(folders: [folder.path], source: NameSource())
    #expect(copied.videos[0].identity != index.videos[0].identity)
    #expect(copied.signature == index.signature)
    var changed = [index, index, index, index]
    changed[0].videos[0].relativePath = "c.mp4"
    changed[1].videos[0].identity.size += 1
    changed[2].videos[1].probe.duration += 0.04
    changed[3].videos[1].probe.width += 1
    for other in changed { #expect(other.signature != index.signature) }
  }

  @Test func severalFoldersKeepTheirNamesApart() throws {
    let folder = try TemporaryFolder()
    for name in ["x/clips/a.mp4", "y/clips/a.mp4", "lone.mp4"] { try folder.write(name) }
    let index = try VideoIndex.build(
      folders: ["x/clips", "y/clips/", "lone.mp4"].map { folder.path + "/" + $0 },
      source: NameSource())
    #expect(index.videos.map(\.relativePath) == ["clips/a.mp4", "clips-2/a.mp4", "lone.mp4"])
    #expect(throws: VideoIndexError.self) {
      try VideoIndex.build(folders: [folder.path + "/none"], source: NameSource())
    }
  }

  private func index(_ names: [String]) -> VideoIndex {
    VideoIndex(
      videos: names.map {
        VideoEntry(
          relativePath: $0, path: "/" + $0, identity: FileIdentity(size: 1, modified: 1),
          probe: VideoProbe(verdict: .ok))
      })
  }

  @Test func holdoutDependsOnNamesOnly() {
    let names = (0..<100).map { "clip\($0).mp4" }
    func heldOut(_ names: [String], _ share: Double) -> Set<String> {
      let split = index(names).split(holdout: share)
      #expect(Set(split.training).isDisjoint(with: split.heldOut))
      #expect(split.training.count + split.heldOut.count == names.count)
      return Set(split.heldOut.map { names[$0] })
    }
    let held = heldOut(names, 0.1)
    #expect(held.count == 10)
    #expect(heldOut(names.reversed(), 0.1) == held)
    #expect(heldOut(names + ["new.mp4"], 0.1).symmetricDifference(held).count <= 2)
    #expect(heldOut(names, 0).isEmpty)
    #expect(heldOut(Array(names[..<78]), 0.1).count == 8)
    #expect(heldOut(Array(names[..<12]), 0.1).count == 4)
    #expect(heldOut(Array(names[..<5]), 0.1).count == 2)
    #expect(heldOut(Array(names[..<1]), 0.1).isEmpty)
    #expect(heldOut([], 0.1).isEmpty)
  }
}
