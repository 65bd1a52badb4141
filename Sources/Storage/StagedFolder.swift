import Glibc

/// A folder of results that appears whole: filled aside, under a name that begins with a dot, and given its
/// own name last. Until then, and after `discard`, there is nothing of it.
///
/// Unlike what `AtomicDirectory` publishes it has no manifest, and its files are not waited for: a machine that
/// dies may leave a part. A process that is killed leaves its draft, which the next one for the same place removes.
package final class StagedFolder {
  /// Where the folder is to be.
  package let path: String
  /// Where its files are to be written until then.
  package let draft: String
  /// Whether there was an empty folder at `path`, which the user may stand in or have mounted: it stays, and
  /// the files move into it.
  private let wasThere: Bool

  /// Refuses a folder that holds something.
  package init(_ path: String) throws(StorageError) {
    let names: [String]
    do throws(StorageError) {
      names = try Folder.list(path)
    } catch {
      throw .cannotCreate(path: path, reason: error.reason)
    }
    guard names.allSatisfy(AtomicFile.isAside) else {
      throw .cannotCreate(
        path: path, reason: "there is something in this folder already; choose another --out")
    }
    self.path = path
    wasThere = Folder.exists(path)
    let name = wasThere ? path + "/draft" : Self.trimmed(path)
    Self.removeLeftovers(of: name)
    draft = AtomicFile.asideName(for: name)
    do throws(StorageError) {
      try Folder.create(draft)
    } catch {
      throw error.path == draft ? error.renamed(path) : error
    }
  }

  /// Gives the folder its name. Throws, and changes nothing, where something has come there meanwhile.
  package func publish() throws(StorageError) {
    guard wasThere else { return try move(draft, to: path) }
    guard try Folder.list(path).allSatisfy(AtomicFile.isAside) else {
      throw .cannotCreate(
        path: path, reason: "something has come into this folder meanwhile; choose another --out")
    }
    var moved: [String] = []
    do throws(StorageError) {
      for name in try Folder.list(draft) {
        try move("\(draft)/\(name)", to: "\(path)/\(name)")
        moved.append(name)
      }
    } catch {
      for name in moved { try? move("\(path)/\(name)", to: "\(draft)/\(name)") }
      throw error
    }
    try Folder.remove(draft)
  }

  /// Removes all that was written. What cannot be removed keeps its name with a dot.
  package func discard() { try? Folder.remove(draft) }

  /// The name that the user knows a file of the draft by; other paths stay as they are.
  package func named(_ file: String) -> String {
    file.hasPrefix(draft) ? path + file.dropFirst(draft.count) : file
  }

  /// The same error about the file as the user knows it.
  package func named(_ error: StorageError) -> StorageError { error.renamed(named(error.path)) }

  private func move(_ from: String, to: String) throws(StorageError) {
    guard rename(from, to) == 0 else {
      throw .cannotCreate(path: path, reason: systemReason(errno))
    }
  }

  /// Removes the drafts for `path` of processes of this machine that are no more.
  private static func removeLeftovers(of path: String) {
    let prefix = ".\(Folder.lastName(of: path)).partial-"
    let folder = Folder.parent(of: path)
    for name in Folder.names(in: folder) where name.hasPrefix(prefix) {
      let numbers = name.dropFirst(prefix.count).split(separator: "-").map { Int32($0) }
      guard numbers.count == 2, let process = numbers[0], numbers[1] != nil, process > 0,
        !isRunning(process)
      else { continue }
      try? Folder.remove(folder + "/" + name)
    }
  }

  /// Whether a process of that number runs; one that has ended and waits for its parent to notice does not.
  private static func isRunning(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    // The state stands behind the name, which is in brackets and may hold anything.
    guard let file = fopen("/proc/\(process)/stat", "r") else { return true }
    defer { fclose(file) }
    let most = 512
    var bytes = [UInt8](repeating: 0, count: most)
    let count = fread(&bytes, 1, most, file)
    bytes.removeLast(most - count)
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return true }
    return bytes[end...].dropFirst(2).first != UInt8(ascii: "Z")
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
