import Glibc

/// What went wrong with a file. The description is one line that names the file and the mend.
package enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's content is not what it should be.
  case badData(path: String, reason: String)
  /// The file to read is not there or may not be read.
  case noInput(path: String, reason: String)
  /// The file or folder to write could not be made.
  case cannotCreate(path: String, reason: String)
  /// Another process holds the run folder.
  case locked(path: String, reason: String)
  /// Reading or writing failed midway.
  case inputOutput(path: String, reason: String)

  package var path: String { parts.path }
  package var reason: String { parts.reason }

  /// The exit status of sysexits.h that a command ends with.
  package var exitStatus: Int32 {
    switch self {
    case .badData: 65
    case .noInput: 66
    case .cannotCreate, .locked: 73
    case .inputOutput: 74
    }
  }

  /// File names may hold line breaks and terminal escapes; they are shown as question marks.
  package var description: String { oneLine(path, limit: .max) + ": " + oneLine(reason) }

  private var parts: (path: String, reason: String) {
    switch self {
    case .badData(let path, let reason), .noInput(let path, let reason),
      .cannotCreate(let path, let reason), .locked(let path, let reason),
      .inputOutput(let path, let reason):
      (path, reason)
    }
  }
}

/// What the system said about a failed call, with the mend where there is a plain one.
package func systemReason(_ code: Int32) -> String {
  switch code {
  case EACCES, EPERM: "permission denied; change its permissions or choose another place"
  case EROFS: "the file system is read-only; choose another place"
  case ENOENT: "no such file or folder; check the path"
  case ENOTDIR: "a part of the path is a file, not a folder; choose another path"
  case EISDIR: "it is a folder, not a file; choose another name"
  case ENOSPC, EDQUOT: "no space left on the disk; free some and start again"
  case EFBIG: "the file grew larger than the system allows; raise the limit (ulimit -f)"
  case EMFILE, ENFILE: "too many open files; raise the limit (ulimit -n)"
  case ENAMETOOLONG: "the name is too long; choose a shorter one"
  case EEXIST, ENOTEMPTY:
    "something of that name is already there; remove it or choose another name"
  default: "\(String(cString: strerror(code))); check the disk"
  }
}
