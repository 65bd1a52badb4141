import ClipData
import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct SegmentCacheTests {
  private let request = SegmentRequest(start: 1, duration: 2.5, rate: 8, shortSide: 24)

  /// Everything that a segment holds, read in pieces.
  private struct Content: Equatable {
    var summary: SegmentSummary
    var frames: [UInt8]
    var sound: [Float]
  }

  private func read(_ cache: SegmentCache, _ source: SquaresSource, _ video: Int) throws
    -> Content
  {
    let entry = source.index.videos[video]
    return try cache.withSegment(path: entry.path, entry.identity, request) {
      (segment) throws(SegmentError) in
      Content(
        summary: segment.summary, frames: try segment.pixels(frames: [3, 0, 11]),
        sound: try segment.audio(first: -100, count: 41_000))
    }
  }

  private func files(_ folder: TemporaryFolder) -> [String] {
    let path = folder.path + "/segments"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().map { path + "/" + $0 }
  }

  @Test func readsTheSameFromDiskAndMemory() throws {
    let folder = try TemporaryFolder()
    let source = SquaresSource()
    let wanted = try read(SegmentCache(source), source, 1)
    let bytes = 32 * 24 * 3
    #expect(wanted.summary.width == 32 && wanted.summary.height == 24)
    #expect(wanted.summary.times.count == 20 && wanted.summary.audioCount == 40_000)
    let direct = try source.segment(path: source.path(1), request)
    #expect(Array(direct.pixels[3 * bytes..<4 * bytes]) == Array(wanted.frames[..<bytes]))
    #expect(zip(wanted.sound[100...], direct.audio).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(wanted.sound[..<100].allSatisfy { $0 == 0 })
    #expect(wanted.sound[40_100...].allSatisfy { $0 == 0 })
    #expect(try read(SegmentCache(source, directory: folder.path), source, 1) == wanted)
    let decodes = source.decodes
    #expect(try read(SegmentCache(source, directory: folder.path), source, 1) == wanted)
    #expect(source.decodes == decodes)
    #expect(files(folder).count == 1)
  }

  @Test func damageAndDeletionAreMended() throws {
    let folder = try TemporaryFolder()
    let source = SquaresSource()
    let wanted = try read(SegmentCache(source, directory: folder.path), source, 1)
    let path = try #require(files(folder).first)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    var damaged: [Data] = [Data(), whole.prefix(30), whole.dropLast(), whole + Data([0])]
    let frames = 20 * 32 * 24 * 3
    let header = whole.count - frames - 80_000
    for place in [0, 9, 20, 30, 44, header - 3, header + 3 * 32 * 24 * 3 + 5, whole.count - 7] {
      var copy = whole
      copy[place] ^= 0x40
      damaged.append(copy)
    }
    // Zeros where a crash lost the end of the file.
    damaged.append(whole.prefix(header) + Data(count: frames + 80_000))
    for copy in damaged {
      try copy.write(to: URL(fileURLWithPath: path))
      let before = source.decodes
      #expect(try read(SegmentCache(source, directory: folder.path), source, 1) == wanted)
      #expect(source.decodes == before + 1)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
    }
    // Damage and deletion while the cache is in use.
    let cache = SegmentCache(source, directory: folder.path)
    #expect(try read(cache, source, 1) == wanted)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seek(toOffset: UInt64(header + 10))
    try handle.write(contentsOf: Data(count: 64))
    try handle.close()
    #expect(try read(cache, source, 1) == wanted)
    try FileManager.default.removeItem(atPath: folder.path + "/segments")
    #expect(try read(cache, source, 1) == wanted)
    _ = try read(cache, source, 2)
    #expect(files(folder).count == 1)
    #expect(cache.trouble == nil)
  }

  @Test func sizeOnDiskIsBounded() throws {
    let folder = try TemporaryFolder()
    var options = SquaresSource.Options()
    options.videos = 12
    let source = SquaresSource(options)
    let one = 20 * 32 * 24 * 3 + 80_000
    let cache = SegmentCache(source, directory: folder.path, diskLimit: 5 * one, memoryLimit: 1)
    for video in 0..<12 {
      _ = try read(cache, source, video)
      // Times of change have the clock tick of the file system.
      Thread.sleep(forTimeInterval: 0.015)
    }
    #expect((2...5).contains(files(folder).count))
    let decodes = source.decodes
    _ = try read(cache, source, 11)
    #expect(source.decodes == decodes)
  }

  @Test func failuresAreRememberedWithTheirReason() throws {
    var options = SquaresSource.Options()
    options.broken = [0]
    let source = SquaresSource(options)
    let cache = SegmentCache(source)
    for _ in 0..<3 {
      let error = #expect(throws: SegmentError.self) { try read(cache, source, 0) }
      #expect(error.map { "\($0)" } == "synthetic/0: damaged on purpose")
    }
    #expect(source.decodes == 1)
    let empty = SegmentRequest(start: 90, duration: 2, rate: 8, shortSide: 24)
    let entry = source.index.videos[1]
    #expect(throws: SegmentError.self) {
      try cache.withSegment(path: entry.path, entry.identity, empty) { $0.summary.width }
    }
  }

  @Test func anUnwritableFolderIsToldAndDoneWithout() throws {
    let folder = try TemporaryFolder()
    try folder.write("file")
    let source = SquaresSource()
    let cache = SegmentCache(source, directory: folder.path + "/file")
    #expect(cache.trouble?.contains("file") == true)
    #expect(try read(cache, source, 1) == read(SegmentCache(source), source, 1))
  }

  @Test func memoryIsBounded() throws {
    var options = SquaresSource.Options()
    options.videos = 30
    let source = SquaresSource(options)
    // Room for about three segments: going back to an early one means to decode it again.
    let cache = SegmentCache(source, memoryLimit: 400_000)
    for video in 0..<30 { _ = try read(cache, source, video) }
    #expect(source.decodes == 30)
    _ = try read(cache, source, 29)
    #expect(source.decodes == 30)
    _ = try read(cache, source, 0)
    #expect(source.decodes == 31)
  }

  @Test func defaultFolderFollowsXDG() {
    #expect(
      SegmentCache.defaultDirectory(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/palindrome")
    #expect(
      SegmentCache.defaultDirectory(["XDG_CACHE_HOME": "c", "HOME": "/h"]) == "/h/.cache/palindrome"
    )
    #expect(SegmentCache.defaultDirectory([:]) == nil)
  }
}
