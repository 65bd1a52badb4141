import Glibc

/// The system calls by which this program changes the disk. They answer as those of the system do; a call that a
/// signal cut short is made again.
package enum Disk {
  static func open(_ path: String, _ flags: Int32) -> Int32 {
    retrying { made(.open, path) { Glibc.open(path, flags | O_CLOEXEC, 0o666) } }
  }

  /// At `offset`, or with nil at the current position. May write less than all.
  static func write(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int?, _ path: String
  ) -> Int {
    retrying {
      var count = bytes.count
      switch DiskWatch.verdict(.write, path) {
      case .proceed, .skip: break
      case .short(let most): count = min(count, max(1, most))
      case .fail(let code):
        errno = code
        return -1
      }
      guard let offset else { return Glibc.write(descriptor, bytes.baseAddress, count) }
      return pwrite(descriptor, bytes.baseAddress, count, offset)
    }
  }

  static func truncate(_ descriptor: Int32, to size: Int, _ path: String) -> Int32 {
    retrying { made(.truncate, path) { ftruncate(descriptor, size) } }
  }

  static func sync(_ descriptor: Int32, _ path: String) -> Int32 {
    retrying { made(.sync, path) { fsync(descriptor) } }
  }

  /// Gives the file or folder at `old` the name `new`, for which it is told.
  package static func rename(_ old: String, to new: String) -> Int32 {
    made(.rename, new) { Glibc.rename(old, new) }
  }

  static func makeFolder(_ path: String) -> Int32 { made(.makeFolder, path) { mkdir(path, 0o777) } }

  /// Removes a file.
  @discardableResult
  package static func remove(_ path: String) -> Int32 { made(.remove, path) { unlink(path) } }

  /// Removes an empty folder.
  static func removeFolder(_ path: String) -> Int32 { made(.remove, path) { rmdir(path) } }

  @inline(__always)
  private static func made<Result: SignedInteger>(
    _ call: DiskCall, _ path: String, _ body: () -> Result
  ) -> Result {
    switch DiskWatch.verdict(call, path) {
    case .proceed, .short: return body()
    case .skip: return 0
    case .fail(let code):
      errno = code
      return -1
    }
  }
}

/// Repeats a system call that a signal cut short.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
