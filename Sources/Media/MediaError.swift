import CFFmpeg
import ClipData
import Glibc
import Storage

/// Why a file could not be read or written: one line that names the file and the reason.
package struct MediaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Kind: String, Sendable {
    /// Not there, not readable, not media, damaged beyond use, or without decoder.
    case unreadable
    /// Readable perhaps, but turned away: playlists, devices, formats outside the allowed ones.
    case refused
    /// No bytes, or no tracks.
    case empty
    /// Without the kind of track that was asked for.
    case missingTrack
    /// Reading made no progress within the time allowed.
    case timeout
    /// What it holds has crashed a decoder, or taken more memory than one may.
    case decoder
    /// There was not the memory to decode it.
    case memory
    /// No decoder process can be started: no file's fault.
    case isolation
    /// The system gave this program no memory, process or descriptor: no file's fault.
    case system
    /// The request itself cannot be met (sizes, rates).
    case request
    /// The output cannot be made.
    case output
    /// Writing it failed midway.
    case writing
  }

  package var kind: Kind
  package var path: String
  package var reason: String

  package init(_ kind: Kind, path: String, reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  package var description: String {
    oneLine(path, limit: .max) + ": " + oneLine(reason)
      + (reason.contains("; ") ? "" : mend.map { "; " + $0 } ?? "")
  }

  /// What to do about it where the reason does not say so; nil where it always does.
  private var mend: String? {
    switch kind {
    case .unreadable, .decoder: "get a whole copy of it, re-encode it, or leave it out"
    case .refused: "give a video or sound file, or leave it out"
    case .empty: "get a whole copy of it, or leave it out"
    case .missingTrack: "give a file that has one, or leave it out"
    case .timeout, .memory, .isolation, .system, .request, .output, .writing: nil
    }
  }
}

extension MediaError: RunFault {
  package var isOfTheRun: Bool { kind == .isolation || kind == .system }

  /// This program cannot work with its decoders: the system would not do `what`, for the reason of the error number.
  init(system code: Int32, _ what: String) {
    self.init(
      .system, path: "decoder",
      reason: "\(what) (\(String(cString: strerror(code)))); free memory, or use fewer --threads")
  }
}

extension MediaError {
  /// FFmpeg could not do `what` to the file, for the reason behind `code`: the file's fault unless memory lacked.
  init(_ code: Int32, path: String, _ what: String) {
    if code == cff_error_no_memory() {
      self.init(outOfMemory: path)
    } else {
      self.init(.unreadable, path: path, reason: "\(what) (\(ffmpegText(code)))")
    }
  }

  init(outOfMemory path: String) {
    self.init(
      .memory, path: path,
      reason: "takes more memory to decode than there is; leave this file out or free some")
  }
}

/// FFmpeg's text of an error code.
func ffmpegText(_ code: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
    guard let text = buffer.baseAddress else { return "error \(code)" }
    cff_error_text(code, text, buffer.count)
    return String(cString: text)
  }
}
