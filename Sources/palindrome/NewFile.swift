import Settings
import Storage

/// Files that a command is asked to make.
enum NewFile {
  /// Throws where the file of `option` cannot come to stand at `path`: in no folder, or in the place of what is
  /// there already, which may be the command's own input. Asked before the work and not after it.
  static func check(_ path: String, _ option: Option) throws {
    try checkName(path)
    let folder = Folder.parent(of: path)
    guard Folder.exists(folder) else {
      throw StorageError.cannotCreate(
        path: path, reason: "there is no folder \(folder); make it first")
    }
    guard !Folder.exists(path) else {
      throw StorageError.cannotCreate(path: path, reason: "it is a folder; give a file's name")
    }
    guard !Folder.hasEntry(path) else {
      throw StorageError.cannotCreate(
        path: path, reason: "is there already; remove it or choose another --\(option.name)")
    }
  }

  /// Throws where `path` can be no file.
  static func checkName(_ path: String) throws {
    guard !path.hasSuffix("/") else {
      throw StorageError.cannotCreate(path: path, reason: "is a folder's name; give a file's name")
    }
  }

  /// The same for an option that may have been left out.
  static func check(_ values: OptionValues, _ settings: Setting<String?>...) throws {
    var taken: [String: Option] = [:]
    for setting in settings {
      guard let path = values[setting] else { continue }
      try check(path, setting.option)
      if let other = taken.updateValue(setting.option, forKey: path) {
        throw CommandFailure(
          .usage, "--\(other.name) and --\(setting.option.name) are both \(path); give two names")
      }
    }
  }
}
