import Glibc

extension AtomicFile {
  /// Gives the name `path` to a finished file that a library wrote as `aside`, a name from
  /// `asideName(for:)`. Where that fails the file is removed.
  package static func adopt(_ aside: String, as path: String) throws(StorageError) {
    do throws(StorageError) {
      try OpenFile.appending(aside).sync()
      guard rename(aside, path) == 0 else {
        throw .cannotCreate(path: path, reason: systemReason(errno))
      }
      try Folder.sync(Folder.parent(of: path))
    } catch {
      unlink(aside)
      throw error.path == aside ? error.renamed(path) : error
    }
  }
}
