import Foundation

/// What tells one state of a file from another without reading it.
package struct FileIdentity: Sendable, Codable, Hashable {
  /// Bytes.
  package var size: Int64
  /// Time of the last change of the content, nanoseconds since 1970.
  package var modified: Int64

  package init(size: Int64, modified: Int64) {
    self.size = size
    self.modified = modified
  }

  /// The identity of the file at `path`, or nil when it cannot be looked at.
  package static func of(_ path: String) -> FileIdentity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return FileIdentity(status)
  }

  /// Whether the file at `path` is there and another one than this. One that is gone is for its reader to tell.
  package func isOutdated(by path: String) -> Bool { Self.of(path).map { $0 != self } ?? false }

  /// What to say of a file that is not what it was when the folder was searched.
  package static let changed =
    "has changed since the folder was searched; put it back, or start anew once it is complete"

  init(_ status: stat) {
    size = Int64(status.st_size)
    modified =
      Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }
}

/// Lists the files below folders in an order that depends on their names only.
///
/// Hidden files and folders (a leading dot) are left out. A folder that several links lead to is
/// entered once, so that a loop of links ends.
struct FolderWalk {
  /// One file as found.
  struct File {
    /// The path below the folder; with several folders it begins with the folder's name.
    var relativePath: String
    var path: String
    var identity: FileIdentity
    /// Why it cannot be opened at all; empty for an ordinary file.
    var trouble = ""
  }

  private(set) var files: [File] = []
  private var entered: Set<[UInt64]> = []

  /// Walks `folders` in the given order; a path of a file stands for itself.
  init(_ folders: [String]) throws(VideoIndexError) {
    let prefixes = Self.prefixes(folders)
    for (folder, prefix) in zip(folders, prefixes) {
      var status = stat()
      guard stat(folder, &status) == 0 else {
        throw .unreadableFolder(folder, String(cString: strerror(errno)))
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        let failure = enter(folder, relative: prefix, status)
        if let failure { throw .unreadableFolder(folder, failure) }
      } else {
        let name = (folder as NSString).lastPathComponent
        add(folder, relative: prefix.isEmpty ? name : prefix, status)
      }
    }
  }

  /// The beginnings of the relative paths: empty for a single folder, else the folders' names, made
  /// different by a number where two are the same.
  private static func prefixes(_ folders: [String]) -> [String] {
    guard folders.count > 1 else { return folders.map { _ in "" } }
    var seen: [String: Int] = [:]
    return folders.map { folder in
      let name = (folder as NSString).standardizingPath
      let last = (name as NSString).lastPathComponent
      seen[last, default: 0] += 1
      let number = seen[last] ?? 1
      return number == 1 ? last : "\(last)-\(number)"
    }
  }

  /// Returns the system's reason when the folder cannot be read.
  private mutating func enter(_ folder: String, relative: String, _ status: stat) -> String? {
    guard entered.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else {
      return nil
    }
    guard let handle = opendir(folder) else { return String(cString: strerror(errno)) }
    var names: [(name: String, isText: Bool)] = []
    while let entry = readdir(handle) {
      let (name, isText) = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { bytes in
          (String(cString: bytes), String(validatingCString: bytes) != nil)
        }
      }
      if !name.hasPrefix(".") { names.append((name, isText)) }
    }
    closedir(handle)
    names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (name, isText) in names {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      let below = relative.isEmpty ? name : relative + "/" + name
      guard isText else {
        refuse(path, below, "the name is not UTF-8; rename the file")
        continue
      }
      var status = stat()
      guard stat(path, &status) == 0 else {
        refuse(path, below, String(cString: strerror(errno)))
        continue
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        if let failure = enter(path, relative: below, status) { refuse(path, below, failure) }
      } else {
        add(path, relative: below, status)
      }
    }
    return nil
  }

  private mutating func add(_ path: String, relative: String, _ status: stat) {
    // A pipe or a device would block the reader.
    let isPlain = status.st_mode & S_IFMT == S_IFREG
    files.append(
      File(
        relativePath: relative, path: path, identity: FileIdentity(status),
        trouble: isPlain ? "" : "not a regular file"))
  }

  private mutating func refuse(_ path: String, _ relative: String, _ reason: String) {
    files.append(
      File(
        relativePath: relative, path: path, identity: FileIdentity(size: 0, modified: 0),
        trouble: reason))
  }
}
