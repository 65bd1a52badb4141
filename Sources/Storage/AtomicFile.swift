import Glibc

/// Files that are complete or absent: written aside in the same folder, on the disk with their
/// folder before and after the rename. A reader sees the old content or the new, never a part.
package enum AtomicFile {
  /// Replaces the content of the file at `path`.
  package static func write(_ bytes: [UInt8], to path: String) throws(StorageError) {
    try stream(to: path) { sink throws(StorageError) in try sink.write(bytes) }
  }

  /// Replaces the content of the file at `path` by UTF-8 text.
  package static func write(_ text: String, to path: String) throws(StorageError) {
    try write(Array(text.utf8), to: path)
  }

  /// Replaces the content of the file at `path` by what `body` writes; where it throws, the file
  /// stays as it was and nothing is left behind.
  @discardableResult
  package static func stream(
    to path: String, _ body: (FileSink) throws(StorageError) -> Void
  ) throws(StorageError) -> FileDigest {
    let aside = asideName(for: path)
    do throws(StorageError) {
      let sink = FileSink(try OpenFile.creating(aside))
      try body(sink)
      let digest = try sink.finish()
      guard Disk.rename(aside, to: path) == 0 else {
        throw .cannotCreate(path: path, reason: systemReason(errno))
      }
      try Folder.sync(Folder.parent(of: path))
      return digest
    } catch {
      Disk.remove(aside)
      // The user knows the file by its final name.
      throw error.path == aside ? error.renamed(path) : error
    }
  }
}

extension StorageError {
  /// The same error about another path.
  func renamed(_ path: String) -> StorageError {
    switch self {
    case .badData(_, let reason): .badData(path: path, reason: reason)
    case .noInput(_, let reason): .noInput(path: path, reason: reason)
    case .cannotCreate(_, let reason): .cannotCreate(path: path, reason: reason)
    case .locked(_, let reason): .locked(path: path, reason: reason)
    case .inputOutput(_, let reason): .inputOutput(path: path, reason: reason)
    }
  }
}
