import Foundation
import Storage
import Synchronization

/// The folder of cached segments: bounded in size, the least recently used go first. It may be deleted,
/// or shared by several processes, at any time.
final class CacheFolder: Sendable {
  private let path: String
  private let limit: Int
  private let known: Mutex<Int>

  private static let suffix = ".segment"

  /// Makes the folder `segments` in `directory`.
  init(_ directory: String, limit: Int) throws(StorageError) {
    path = directory + "/segments"
    self.limit = limit
    try Folder.create(path)
    known = Mutex(0)
    let total = Self.files(path).reduce(0) { $0 + $1.size }
    known.withLock { $0 = total }
  }

  /// The segment of that key, when it is there and whole; a damaged one is removed.
  func open(_ key: UInt64) -> SegmentFile? {
    let name = name(key)
    do throws(SegmentError) {
      let file = try SegmentFile(name, key: key)
      // The time of change is the time of the last use: access times are often switched off.
      utimensat(AT_FDCWD, name, nil, 0)
      return file
    } catch {
      unlink(name)
      return nil
    }
  }

  func remove(_ key: UInt64) { unlink(name(key)) }

  /// Writes a segment and opens it; makes room when the folder has grown beyond its limit.
  func store(_ content: SegmentMemory, _ key: UInt64) throws(StorageError) -> SegmentFile? {
    // The folder may have been deleted meanwhile.
    try Folder.create(path)
    let size = try SegmentFile.write(content, key: key, to: name(key))
    let file = open(key)
    let total = known.withLock { known in
      known += size
      return known
    }
    if total > limit { makeRoom() }
    return file
  }

  private func name(_ key: UInt64) -> String {
    let digits = String(key, radix: 16)
    return path + "/" + String(repeating: "0", count: 16 - digits.count) + digits + Self.suffix
  }

  /// Removes the oldest files until a tenth of the limit is free, and what crashes left behind.
  private func makeRoom() {
    known.withLock { known in
      var files = Self.files(path)
      files.sort { ($0.used, $0.path) < ($1.used, $1.path) }
      known = files.reduce(0) { $0 + $1.size }
      for file in files where known > limit / 10 * 9 {
        unlink(file.path)
        known -= file.size
      }
    }
  }

  private static func files(_ folder: String) -> [(path: String, size: Int, used: Int64)] {
    Folder.names(in: folder).compactMap { name in
      guard name.hasSuffix(suffix) || name.hasSuffix(".partial"),
        let identity = FileIdentity.of(folder + "/" + name)
      else { return nil }
      return (folder + "/" + name, Int(identity.size), identity.modified)
    }
  }
}
