import ClipData
import Foundation
import Media
import TensorCore
import Testing

/// Source files that vanish, change, or can no longer be read between the search of the folder and decoding.
@Suite struct SourceChangeTests {
  private static let clips = ShortRun.clips
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Copies of sample clips, which may be changed.
  private func videos(_ names: [String]) throws -> String {
    let root = folder.file("videos")
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (place, name) in names.enumerated() {
      try FileManager.default.copyItem(
        atPath: Self.clips + "/ball/ball-0\(place + 1).mp4", toPath: root + "/" + name)
    }
    return root
  }

  private func settings(_ videos: Int) -> ClipSettings {
    var settings = ClipSettings()
    settings.layout = .dense(size: 32)
    settings.videos = videos
    return settings
  }

  /// The first batch of all the videos of `index`.
  private func batch(_ index: VideoIndex, _ cache: SegmentCache) throws -> ClipBatch {
    let builder = ClipBuilder(
      index: index, settings: settings(index.videos.count), cache: cache, normalisation: .none,
      seed: 0)
    let loader = try ClipLoader(
      builder, videos: Array(index.videos.indices), seed: 0, threads: 2)
    defer { loader.stop() }
    return try loader.next().batch
  }

  @Test func whatVanishesOrChangesIsSkippedAndNamed() throws {
    let root = try videos(["changed.mp4", "gone.mp4", "good.mp4", "pipe.mp4", "shorter.mp4"])
    let source = MediaSource()
    let index = try VideoIndex.build(folders: [root], source: source)
    #expect(index.videos.count == 5)
    func replace(_ name: String, _ make: (String) throws -> Void) throws {
      try FileManager.default.removeItem(atPath: root + "/" + name)
      try make(root + "/" + name)
    }
    try replace("gone.mp4") { _ in }
    // Nobody writes into it: to open it would wait for ever.
    try replace("pipe.mp4") { #expect(mkfifo($0, 0o600) == 0) }
    try replace("changed.mp4") {
      try FileManager.default.copyItem(atPath: Self.clips + "/bell/bell-01.mp4", toPath: $0)
    }
    let shorter = try #require(FileHandle(forUpdatingAtPath: root + "/shorter.mp4"))
    try shorter.truncate(atOffset: 5000)
    try shorter.close()
    let batch = try batch(index, SegmentCache(source))
    #expect(Set(batch.videos.map { index.videos[$0].relativePath }) == ["good.mp4"])
    func reasons(_ name: String) -> [String] { batch.skipped.filter { $0.hasPrefix(name + ": ") } }
    for name in ["changed.mp4", "pipe.mp4", "shorter.mp4"] {
      let told = reasons(name)
      #expect(
        !told.isEmpty
          && told.allSatisfy {
            $0.contains("\(root)/\(name): has changed since the folder was searched; ")
          },
        "\(told)")
    }
    let told = reasons("gone.mp4")
    #expect(!told.isEmpty && told.allSatisfy { $0.contains("cannot be opened") }, "\(told)")
    // What is there at the beginning is judged at the beginning.
    let scanned = try VideoIndex.build(folders: [root], source: source)
    #expect(
      scanned.unusable.first { $0.relativePath == "pipe.mp4" }?.probe.reason == "not a regular file"
    )
  }

  /// What was decoded before serves on: the cache has what the file held when it was searched.
  @Test func aFileThatVanishesLaterServesFromTheCache() throws {
    let root = try videos(["a.mp4", "b.mp4"])
    let source = MediaSource()
    let index = try VideoIndex.build(folders: [root], source: source)
    let cache = SegmentCache(source, directory: folder.file("cache"))
    let before = try batch(index, cache)
    try FileManager.default.removeItem(atPath: root + "/a.mp4")
    try folder.write("other", to: "videos/b.mp4")
    let after = try batch(index, SegmentCache(source, directory: folder.file("cache")))
    #expect(after.skipped.isEmpty, "\(after.skipped)")
    #expect(after.images.array == before.images.array)
  }

  /// A file that is written over while it is decoded.
  private struct Rewriter: FrameSource {
    let real = MediaSource()
    let target: String
    func probe(path: String) throws -> VideoProbe { try real.probe(path: path) }
    func segment(path: String, _ request: SegmentRequest) throws -> Segment {
      let segment = try real.segment(path: path, request)
      let file = try #require(FileHandle(forUpdatingAtPath: target))
      try file.seekToEnd()
      try file.write(contentsOf: Data([0]))
      try file.close()
      return segment
    }
  }

  @Test func aFileThatChangesWhileItIsDecodedIsNotKept() throws {
    let root = try videos(["a.mp4"])
    let source = Rewriter(target: root + "/a.mp4")
    let entry = try #require(try VideoIndex.build(folders: [root], source: source).videos.first)
    let cache = SegmentCache(source, directory: folder.file("cache"))
    let request = SegmentRequest(start: 0, duration: 1, rate: 4, shortSide: 32)
    let error = #expect(throws: SegmentError.self) {
      try cache.withSegment(path: entry.path, entry.identity, request) { _ in }
    }
    #expect(error?.description.contains("a.mp4: has changed since the folder was searched") == true)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("cache/segments")).isEmpty)
  }

  /// The system lets no one open a file on whose lease its holder sits: a read that is stuck, without a network.
  @Test func aFileThatCannotBeReadIsGivenUp() throws {
    let root = try videos(["good.mp4", "stuck.mp4"])
    signal(SIGIO, SIG_IGN)
    let holder = open(root + "/stuck.mp4", O_RDWR | O_CLOEXEC)
    defer { close(holder) }
    let setLease: Int32 = 1024
    try #require(fcntl(holder, setLease, Int32(F_WRLCK)) == 0, "this file system has no leases")
    defer { _ = fcntl(holder, setLease, Int32(F_UNLCK)) }
    var limits = MediaLimits()
    (limits.probeSeconds, limits.stallSeconds) = (1, 1)
    let pool = try DecoderPool(limits: limits, executable: Binary.path)
    defer { pool.close() }
    let source = MediaSource(decoders: pool)
    let request = SegmentRequest(start: 0, duration: 1, rate: 4, shortSide: 32)
    let error = #expect(throws: MediaError.self) {
      _ = try source.segment(path: root + "/stuck.mp4", request)
    }
    #expect(error?.description.contains("stuck.mp4: its decoder hung and was stopped") == true)
    #expect(try source.segment(path: root + "/good.mp4", request).times.count == 4)
    #expect(Array(pool.quarantine.keys) == [root + "/stuck.mp4"])
  }
}
