import CFFmpeg
import Glibc
import Storage

extension MediaError {
  /// A failure of writing: `path` is the file that was to be written.
  init(output path: String, _ reason: String) { self.init(.output, path: path, reason: reason) }

  /// A failure of putting the finished file in place.
  init(_ error: StorageError) {
    let kind: Kind = if case .inputOutput = error { .writing } else { .output }
    self.init(kind, path: error.path, reason: error.reason)
  }

  /// There was no memory to do `task` for the file that was to be written: no file's fault.
  init(noMemory path: String, to task: String) {
    self.init(.system, path: path, reason: "cannot \(task): out of memory; free some")
  }

  /// Throws when FFmpeg's `code` is an error, saying that it could not do `task`.
  static func check(_ code: Int32, _ path: String, _ task: String) throws(MediaError) {
    guard code < 0 else { return }
    if code == cff_error_no_memory() { throw MediaError(noMemory: path, to: task) }
    // FFmpeg's codes of the system's errors are these below zero.
    if [ENOSPC, EDQUOT, EIO, EFBIG].contains(-code) {
      throw MediaError(.writing, path: path, reason: "cannot \(task): \(systemReason(-code))")
    }
    throw MediaError(output: path, "cannot \(task): \(ffmpegText(code))")
  }
}
