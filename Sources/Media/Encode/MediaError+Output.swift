import CFFmpeg
import Storage

extension MediaError {
  /// A failure of writing: `path` is the file that was to be written.
  init(output path: String, _ reason: String) { self.init(.output, path: path, reason: reason) }

  /// A failure of putting the finished file in place.
  init(_ error: StorageError) { self.init(.output, path: error.path, reason: error.reason) }

  /// Throws when FFmpeg's `code` is an error, saying that it could not do `task`.
  static func check(_ code: Int32, _ path: String, _ task: String) throws(MediaError) {
    guard code < 0 else { return }
    throw MediaError(output: path, "cannot \(task): \(ffmpegText(code))")
  }
}
