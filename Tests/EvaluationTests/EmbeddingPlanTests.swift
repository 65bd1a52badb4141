import ClipData
import Evaluation
import Foundation
import Storage
import TestSupport
import Testing

/// Which files are embedded, and which stretches of them.
@Suite struct EmbeddingPlanTests {
  /// Windows of 2 s, 8 at most: no window is shorter than half of one unless the file is.
  @Test(
    arguments: [
      (0.02, [0.02]), (2, [2]), (2.02, [2.02]), (2.98, [2.98]), (3, [2, 1]), (5.5, [2, 2, 1.5]),
      (16.02, [2, 2, 2, 2, 2, 2, 2, 2.02]), (18, [2, 2, 2, 2, 2, 2, 2, 2]),
    ] as [(Double, [Double])])
  func shortEndsBelongToTheWindowBefore(_ duration: Double, _ lengths: [Double]) {
    let windows = EmbeddingSettings().plan(duration: duration)
    #expect(windows.count == lengths.count)
    for (window, length) in zip(windows, lengths) {
      #expect(abs(window.end - window.start - length) < 1e-9)
    }
    guard duration < 17 else { return }
    #expect(windows[0].start == 0 && windows.last?.end == duration)
    for (a, b) in zip(windows, windows.dropFirst()) { #expect(a.end == b.start) }
  }

  @Test func heldOutVideosAreFoundBelowAnyFolder() throws {
    let scratch = try ScratchFolder()
    // Of different sizes: files written within one tick of the clock have the same time of change.
    for (length, path) in ["set/a/1.mp4", "set/b/1.mp4", "set/b/2.mp4"].enumerated() {
      try Folder.create(Folder.parent(of: scratch.path(path)))
      try AtomicFile.write(String(repeating: "v", count: length + 1), to: scratch.path(path))
    }
    func entry(_ path: String, _ identity: FileIdentity) -> VideoEntry {
      VideoEntry(
        relativePath: path, path: scratch.path("set/\(path)"), identity: identity,
        probe: VideoProbe(verdict: .unreadable, reason: ""))
    }
    let identity = try #require(FileIdentity.of(scratch.path("set/b/1.mp4")))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path("link"), withDestinationPath: scratch.path("set"))
    func found(_ files: FilesOfRun, _ folder: String) throws -> [String] {
      try MediaListing(scratch.path(folder)).only(files.contains).files.map(\.relativePath)
    }
    let there = FilesOfRun([entry("b/1.mp4", identity)])
    #expect(try found(there, "set") == ["b/1.mp4"])
    #expect(try found(there, "set/b") == ["1.mp4"])
    #expect(try found(there, "set/a").isEmpty)
    #expect(try found(there, "link") == ["b/1.mp4"])
    // The folder was moved after the training.
    let moved = FilesOfRun([entry("gone/1.mp4", identity)])
    #expect(try found(moved, "set") == ["b/1.mp4"])
  }
}
