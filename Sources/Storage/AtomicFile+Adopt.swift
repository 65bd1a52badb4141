import Glibc

extension AtomicFile {
  /// Gives the name `path` to a finished file that a library wrote as `aside`, a name from
  /// `asideName(for:)`. Where that fails the file is removed.
  package static func adopt(_ aside: String, as path: String) throws(StorageError) {
    do throws(StorageError) {
      try move(aside, to: path)
    } catch {
      Disk.remove(aside)
      throw error.path == aside ? error.renamed(path) : error
    }
  }

  /// Gives the name `path`, on the same file system, to the file at `source`, durably. Where that fails the
  /// file stays where it was.
  package static func move(_ source: String, to path: String) throws(StorageError) {
    try OpenFile.reading(source).sync()
    guard Disk.rename(source, to: path) == 0 else {
      throw .cannotCreate(path: path, reason: systemReason(errno))
    }
    try Folder.sync(Folder.parent(of: path))
  }
}
