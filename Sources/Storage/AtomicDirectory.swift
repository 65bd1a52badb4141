import Glibc
import Settings
import TensorCore

/// Folders that are complete or absent: filled aside in the same parent, every file on the disk, a
/// manifest of sizes and hashes written last, then renamed.
package enum AtomicDirectory {
  static let manifestName = "manifest.json"

  /// Makes the folder at `path` of the files that `fill` writes. A folder that was there before is
  /// replaced. Where `fill` throws, nothing changes and nothing is left behind.
  package static func publish(
    _ path: String, _ fill: (DirectoryDraft) throws(StorageError) -> Void
  ) throws(StorageError) {
    let parent = Folder.parent(of: path)
    try Folder.create(parent)
    let aside = AtomicFile.asideName(for: path)
    do throws(StorageError) {
      try Folder.create(aside)
      let draft = DirectoryDraft(folder: aside)
      try fill(draft)
      try AtomicFile.write(manifest(draft.files), to: aside + "/" + manifestName)
      try Folder.sync(aside)
      try replace(path, by: aside)
      try Folder.sync(parent)
    } catch {
      try? Folder.remove(aside)
      throw error.path.hasPrefix(aside)
        ? error.renamed(path + error.path.dropFirst(aside.count)) : error
    }
  }

  /// Checks every file of the folder at `path` against its manifest and returns them by name.
  ///
  /// With `hashes: false` only presence and sizes are looked at, which reads no file's content.
  @discardableResult
  package static func verify(
    _ path: String, hashes: Bool = true
  ) throws(StorageError) -> [String: FileDigest] {
    let files = try readManifest(path + "/" + manifestName)
    for (name, digest) in files.sorted(by: { $0.key < $1.key }) {
      let file = path + "/" + name
      let size = try OpenFile.reading(file).size()
      guard size == digest.size else {
        throw .badData(
          path: file,
          reason: "\(size) bytes where the manifest has \(digest.size); use an older checkpoint")
      }
      if hashes {
        guard try FileDigest(of: file) == digest else {
          throw .badData(
            path: file, reason: "its content does not fit the manifest; use an older checkpoint")
        }
      }
    }
    return files
  }

  /// Removes what writers that died left in the folder at `path`. Only the holder of the run's lock
  /// may call it.
  package static func removeLeftovers(in path: String) throws(StorageError) {
    for name in Folder.names(in: path) where AtomicFile.isAside(name) {
      try Folder.remove(path + "/" + name)
    }
  }

  private static func replace(_ path: String, by aside: String) throws(StorageError) {
    // A rename onto a folder with files fails: the old one steps aside first. A crash in between
    // leaves it under a `partial` name, and the previous checkpoint is the newest.
    var old: String?
    if Folder.exists(path) {
      let name = AtomicFile.asideName(for: path)
      guard Disk.rename(path, to: name) == 0 else {
        throw .cannotCreate(path: path, reason: systemReason(errno))
      }
      old = name
    }
    guard Disk.rename(aside, to: path) == 0 else {
      let code = errno
      if let old { _ = Disk.rename(old, to: path) }
      throw .cannotCreate(path: path, reason: systemReason(code))
    }
    // The new one is in its place: what cannot be removed now is a leftover.
    if let old { try? Folder.remove(old) }
  }

  private static func manifest(_ files: [String: FileDigest]) -> String {
    var object = JSONObject()
    for (name, digest) in files.sorted(by: { $0.key < $1.key }) {
      object[name] = ["size": .integer(digest.size), "sha256": .string(digest.sha256)]
    }
    let manifest: JSONValue = ["version": 1, "files": .object(object)]
    return manifest.text(indented: true) + "\n"
  }

  private static func readManifest(_ path: String) throws(StorageError) -> [String: FileDigest] {
    let bytes = try readBytes(path, limit: 1 << 20)
    let value: JSONValue
    do {
      value = try JSONValue.parse(bytes)
    } catch {
      throw .badData(path: path, reason: "\(error); use an older checkpoint")
    }
    guard value["version"]?.int == 1, let object = value["files"]?.object else {
      throw .badData(path: path, reason: "not a manifest of version 1; use an older checkpoint")
    }
    var files: [String: FileDigest] = [:]
    for (name, entry) in object.members {
      guard let size = entry["size"]?.int, let sha256 = entry["sha256"]?.string,
        isPlainName(name)
      else {
        throw .badData(
          path: path, reason: "a bad entry for the file \(name); use an older checkpoint")
      }
      files[name] = FileDigest(size: size, sha256: sha256)
    }
    return files
  }

  /// Whether `name` names a file in the folder itself.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("/") && !name.contains("\0") && name != "." && name != ".."
      && name != manifestName
  }
}

/// A folder on its way to be published: files are added one by one.
package final class DirectoryDraft {
  /// What has been written so far, by name.
  package private(set) var files: [String: FileDigest] = [:]
  private let folder: String

  fileprivate init(folder: String) { self.folder = folder }

  /// Adds the file `name` with what `body` writes.
  package func write(
    _ name: String, _ body: (FileSink) throws(StorageError) -> Void
  ) throws(StorageError) {
    precondition(
      AtomicDirectory.isPlainName(name) && files[name] == nil, "a second or misnamed file \(name)")
    let sink = FileSink(try OpenFile.creating(folder + "/" + name))
    try body(sink)
    files[name] = try sink.finish()
  }

  /// Adds the file `name` holding `bytes`.
  package func write(_ name: String, _ bytes: [UInt8]) throws(StorageError) {
    try write(name) { sink throws(StorageError) in try sink.write(bytes) }
  }

  /// Adds the file `name` holding UTF-8 text.
  package func write(_ name: String, _ text: String) throws(StorageError) {
    try write(name, Array(text.utf8))
  }

  /// Adds the safetensors file `name`.
  package func write(
    _ name: String, _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]
  ) throws(StorageError) {
    try write(name) { sink throws(StorageError) in
      try Safetensors.write(tensors, metadata: metadata, into: sink)
    }
  }
}
