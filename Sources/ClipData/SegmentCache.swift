import Foundation
import Storage

/// Decodes every segment of a video once and keeps the shrunken frames on disk and, a few, in memory.
///
/// A segment that cannot be decoded is remembered with the reason and not tried again by this object.
/// Cached files that are deleted or damaged are made again. Where the disk cannot be written the cache
/// goes on in memory and `trouble` says why.
package final class SegmentCache: @unchecked Sendable {
  private let source: any FrameSource
  private let memoryLimit: Int

  // All below are guarded by `condition`.
  private let condition = NSCondition()
  private var folder: CacheFolder?
  private var held: [UInt64: (content: any SegmentContent, lastUse: Int)] = [:]
  private var heldBytes = 0
  private var clock = 0
  private var verdicts: [UInt64: SegmentError] = [:]
  private var underWay: Set<UInt64> = []
  private var noted: Set<UInt64> = []
  private var notes: [String] = []
  private var troubleText: String?

  /// Open files at most: the limit of a process is often 1024.
  private static let heldFiles = 200

  /// - Parameters:
  ///   - directory: where the cached segments go; nil keeps them in memory only.
  ///   - diskLimit: bytes that they may fill.
  ///   - memoryLimit: bytes of segments kept in memory.
  package init(
    _ source: some FrameSource, directory: String? = nil, diskLimit: Int = 20 << 30,
    memoryLimit: Int = 512 << 20
  ) {
    self.source = source
    self.memoryLimit = memoryLimit
    guard let directory else { return }
    do throws(StorageError) {
      folder = try CacheFolder(directory, limit: diskLimit)
    } catch {
      troubleText = "\(error)"
    }
  }

  /// `palindrome` in the user's cache folder: `XDG_CACHE_HOME`, or `.cache` in the home folder; nil
  /// where neither is known.
  package static func defaultDirectory(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String? {
    // The XDG specification says that relative paths are to be ignored.
    if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base + "/palindrome" }
    if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/palindrome" }
    return nil
  }

  /// Why nothing is kept on disk although it was asked for; nil while all is well.
  package var trouble: String? { condition.withLock { troubleText } }

  /// What was amiss in segments that were opened since the last call, one line each with the file's path;
  /// each segment speaks once.
  package func takeWarnings() -> [String] {
    condition.withLock {
      defer { notes = [] }
      return notes
    }
  }

  /// Calls `body` with the segment of the file as `identity` knew it, decoded now if it is not known; once
  /// more, with a segment decoded anew, when the cached file turns out to be damaged.
  ///
  /// A file that has changed since is not decoded: what it holds now would pass for what it held then. Segments that
  /// were decoded before serve on, also when the file is gone.
  ///
  /// Of several threads that ask for the same segment one decodes it and the others wait.
  package func withSegment<R>(
    path: String, _ identity: FileIdentity, _ request: SegmentRequest,
    _ body: (StoredSegment) throws(SegmentError) -> R
  ) throws(SegmentError) -> R {
    let key = Self.key(path: path, identity, request)
    do throws(SegmentError) {
      return try body(StoredSegment(content: try open(path: path, identity, key, request)))
    } catch {
      guard case .damagedCache = error else { throw error }
      forget(key)
      return try body(StoredSegment(content: try open(path: path, identity, key, request)))
    }
  }

  private func open(
    path: String, _ identity: FileIdentity, _ key: UInt64, _ request: SegmentRequest
  ) throws(SegmentError) -> any SegmentContent {
    if let content = try claim(key) { return content }
    let result: Result<any SegmentContent, SegmentError>
    do throws(SegmentError) {
      result = .success(try load(path: path, identity, key, request))
    } catch {
      result = .failure(error)
    }
    finish(path, key, result)
    return try result.get()
  }

  /// The held segment, or nil when the caller has to load it and then `finish`.
  private func claim(_ key: UInt64) throws(SegmentError) -> (any SegmentContent)? {
    condition.lock()
    defer { condition.unlock() }
    while underWay.contains(key) { condition.wait() }
    if let verdict = verdicts[key] { throw verdict }
    clock += 1
    if let content = held[key]?.content {
      held[key] = (content, clock)
      return content
    }
    underWay.insert(key)
    return nil
  }

  private func finish(
    _ path: String, _ key: UInt64, _ result: Result<any SegmentContent, SegmentError>
  ) {
    condition.lock()
    defer { condition.unlock() }
    underWay.remove(key)
    switch result {
    case .success(let content):
      held[key] = (content, clock)
      heldBytes += content.cost
      trim(except: key)
      if !content.summary.warnings.isEmpty, noted.insert(key).inserted {
        notes += content.summary.warnings.map { "\(path): \($0)" }
      }
    case .failure(.run): break
    case .failure(let verdict):
      verdicts[key] = verdict
    }
    condition.broadcast()
  }

  private func trim(except newest: UInt64) {
    while heldBytes > memoryLimit || held.count > Self.heldFiles, held.count > 1 {
      let candidates = held.filter { $0.key != newest }
      guard let oldest = candidates.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
      held[oldest.key] = nil
      heldBytes -= oldest.value.content.cost
    }
  }

  private func forget(_ key: UInt64) {
    condition.withLock {
      if let content = held.removeValue(forKey: key)?.content { heldBytes -= content.cost }
      folder?.remove(key)
    }
  }

  private func load(
    path: String, _ identity: FileIdentity, _ key: UInt64, _ request: SegmentRequest
  ) throws(SegmentError) -> any SegmentContent {
    let folder = condition.withLock { self.folder }
    if let file = folder?.open(key) { return file }
    let decoded = try decode(path: path, identity, request)
    do throws(StorageError) {
      return try folder?.store(decoded, key) ?? decoded
    } catch {
      condition.withLock {
        self.folder = nil
        troubleText = "\(error)"
      }
      return decoded
    }
  }

  private func decode(
    path: String, _ identity: FileIdentity, _ request: SegmentRequest
  ) throws(SegmentError) -> SegmentMemory {
    let segment: Segment
    try Self.check(path, identity)
    do {
      segment = try source.segment(path: path, request)
    } catch {
      if isOfTheRun(error) { throw .run(error) }
      // A file that is being written over may decode to anything: then that is the reason.
      try Self.check(path, identity)
      throw .failed("\(error)")
    }
    try Self.check(path, identity)
    return try SegmentMemory(segment, request)
  }

  /// Throws where the file is not as `identity` knew it.
  private static func check(_ path: String, _ identity: FileIdentity) throws(SegmentError) {
    if identity.isOutdated(by: path) { throw .failed("\(path): \(FileIdentity.changed)") }
  }

  /// Depends on the file's name, size and time of change, and on all of the request.
  private static func key(
    path: String, _ identity: FileIdentity, _ request: SegmentRequest
  ) -> UInt64 {
    var hash = StableHash()
    hash.combine(path)
    hash.combine(UInt64(bitPattern: identity.size))
    hash.combine(UInt64(bitPattern: identity.modified))
    hash.combine(request.start)
    hash.combine(request.duration)
    hash.combine(request.rate)
    hash.combine(UInt64(bitPattern: Int64(request.shortSide)))
    hash.combine(UInt64(bitPattern: Int64(request.audioRate)))
    return hash.value
  }
}
