import Glibc

/// The right to write into a run folder, held by one process at a time; given back when the value
/// goes or the process ends in whatever way.
package final class RunLock: Sendable {
  private let file: OpenFile
  private let folder: String

  /// Takes the lock of the folder at `folder`, which must exist, or says which process has it.
  package init(_ folder: String) throws(StorageError) {
    let file = try OpenFile.updating(folder + "/.lock")
    guard retrying({ flock(file.descriptor, LOCK_EX | LOCK_NB) }) == 0 else {
      let code = errno
      guard code == EWOULDBLOCK else {
        throw .inputOutput(path: file.path, reason: systemReason(code))
      }
      let holder = Self.holder(file).map { "process \($0)" } ?? "another process"
      throw .locked(
        path: folder,
        reason: "\(holder) is writing into this run folder; wait for it or choose another --out")
    }
    try file.truncate(to: 0)
    try file.write(Array("\(getpid())\n".utf8))
    self.file = file
    self.folder = folder
  }

  /// Closing the file alone would not do where a process is just being started: until it runs its own program it has all
  /// that this one has open.
  deinit { _ = flock(file.descriptor, LOCK_UN) }

  /// Throws where the folder was taken away, or another one put in its place, since the lock was taken: what is
  /// written there now would be torn from the rest.
  package func check() throws(StorageError) {
    var (held, found) = (stat(), stat())
    guard fstat(file.descriptor, &held) == 0, stat(file.path, &found) == 0,
      held.st_dev == found.st_dev, held.st_ino == found.st_ino
    else {
      throw .inputOutput(
        path: folder,
        reason:
          "the folder was moved or removed while it was written into; put it back and start again")
    }
  }

  /// The process id that the lock file names.
  private static func holder(_ file: borrowing OpenFile) -> Int? {
    var text = [UInt8](repeating: 0, count: 20)
    let got = text.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, 0) }
    guard got > 0 else { return nil }
    return Int(String(decoding: text[..<got].prefix { $0 != 10 }, as: UTF8.self))
  }
}
