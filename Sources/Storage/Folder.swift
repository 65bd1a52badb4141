import Glibc

/// The few things done with folders.
package enum Folder {
  /// Makes the folder at `path` and those above it where they are absent.
  package static func create(_ path: String) throws(StorageError) {
    if exists(path) { return }
    let parent = parent(of: path)
    if parent != path { try create(parent) }
    guard Disk.makeFolder(path) == 0 || (errno == EEXIST && exists(path)) else {
      throw .cannotCreate(path: path, reason: systemReason(errno))
    }
    try sync(parent)
  }

  /// Whether there is a folder at `path`.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is anything of the name `path`: a file, a folder, a link wherever it leads.
  package static func hasEntry(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// The names in a folder in byte order, without `.` and `..`; an absent or unreadable folder has
  /// none.
  package static func names(in path: String) -> [String] { (try? list(path)) ?? [] }

  /// The names in a folder in byte order, without `.` and `..`. An absent folder has none; one that
  /// cannot be read is an error.
  package static func list(_ path: String) throws(StorageError) -> [String] {
    guard let stream = opendir(path) else {
      guard errno == ENOENT else { throw .noInput(path: path, reason: systemReason(errno)) }
      return []
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a folder with all that is in it, or a file. What is absent already is no error.
  package static func remove(_ path: String) throws(StorageError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in names(in: path) { try remove(path + "/" + name) }
      guard Disk.removeFolder(path) == 0 else {
        throw .inputOutput(path: path, reason: systemReason(errno))
      }
    } else {
      guard Disk.remove(path) == 0 || errno == ENOENT else {
        throw .inputOutput(path: path, reason: systemReason(errno))
      }
    }
  }

  /// Waits until the names in the folder are on the disk.
  static func sync(_ path: String) throws(StorageError) {
    let descriptor = retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
    defer { close(descriptor) }
    // Some network file systems cannot fsync a folder and say so with EINVAL: their rename is
    // durable.
    guard Disk.sync(descriptor, path) == 0 || errno == EINVAL else {
      throw .inputOutput(path: path, reason: systemReason(errno))
    }
  }

  /// The same for the folder and all the folders below it.
  static func syncAll(_ path: String) throws(StorageError) {
    for name in try list(path) {
      var status = stat()
      if lstat(path + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        try syncAll(path + "/" + name)
      }
    }
    try sync(path)
  }

  /// The folder that holds `path`.
  package static func parent(of path: String) -> String {
    var bytes = Array(path.utf8)
    while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
    guard let cut = bytes.lastIndex(of: slash) else { return "." }
    return cut == 0 ? "/" : String(decoding: bytes[..<cut], as: UTF8.self)
  }

  /// The last part of `path`.
  package static func lastName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static let slash = UInt8(ascii: "/")
}
