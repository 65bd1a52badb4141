import Glibc

/// A folder of results that appears whole: filled aside, under a name that begins with a dot, and given its
/// own name last. Until then, and after `discard`, there is nothing of it.
///
/// Unlike what `AtomicDirectory` publishes it has no manifest. Its files must be on the disk when it is published, as
/// those of `AtomicFile` are. A process that is killed leaves its draft, which the next one for the same place removes;
/// one that is killed while the files move into a folder that was there leaves the rest for the next one to move.
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
    try Self.finishMoving(into: path)
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
    AtomicFile.removeLeftovers(of: name)
    draft = AtomicFile.asideName(for: name)
    do throws(StorageError) {
      try Folder.create(draft)
    } catch {
      discard()
      throw error.path == draft ? error.renamed(path) : error
    }
  }

  /// Gives the folder its name. Throws, and changes nothing, where something has come there meanwhile.
  package func publish() throws(StorageError) {
    do throws(StorageError) {
      try Folder.syncAll(draft)
      try giveName()
      try Folder.sync(wasThere ? path : Folder.parent(of: path))
    } catch {
      throw named(error)
    }
  }

  private func giveName() throws(StorageError) {
    guard wasThere else { return try move(draft, to: path) }
    guard try Folder.list(path).allSatisfy(AtomicFile.isAside) else {
      throw .cannotCreate(
        path: path, reason: "something has come into this folder meanwhile; choose another --out")
    }
    // From here on another process would go on with it.
    let whole = AtomicFile.asideName(for: path + "/" + Self.wholeName)
    try move(draft, to: whole)
    do throws(StorageError) {
      try moveAll(from: whole)
    } catch {
      try? move(whole, to: draft)
      throw error
    }
    // All is in its place: an empty folder that cannot be removed is a leftover.
    try? Folder.remove(whole)
  }

  /// What a draft is called that is complete and about to move into its place.
  private static let wholeName = "whole"

  private func moveAll(from folder: String) throws(StorageError) {
    var moved: [String] = []
    do throws(StorageError) {
      for name in try Folder.list(folder) {
        try move("\(folder)/\(name)", to: "\(path)/\(name)")
        moved.append(name)
      }
    } catch {
      for name in moved { try? move("\(path)/\(name)", to: "\(folder)/\(name)") }
      throw error
    }
  }

  /// Moves what a process that died in the middle of it has left to move. Of one elsewhere nobody here can tell whether it
  /// lives: what it has left is named.
  private static func finishMoving(into path: String) throws(StorageError) {
    let waiting = Folder.names(in: path).first {
      AtomicFile.isAside($0, of: wholeName) && !AtomicFile.isOfThisPlace($0)
    }
    if let waiting {
      throw .cannotCreate(
        path: path,
        reason: "another machine, or this one before it was started anew, was moving \(waiting) "
          + "into its place here; if it does so no more, move what is in there up into the folder, "
          + "or choose another --out")
    }
    for left in Folder.names(in: path) where AtomicFile.isLeftover(left, of: wholeName) {
      for name in try Folder.list("\(path)/\(left)") {
        guard Disk.rename("\(path)/\(left)/\(name)", to: "\(path)/\(name)") == 0 else {
          throw .cannotCreate(path: path, reason: systemReason(errno))
        }
      }
      try Folder.remove("\(path)/\(left)")
    }
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
    guard Disk.rename(from, to: to) == 0 else {
      throw .cannotCreate(path: path, reason: systemReason(errno))
    }
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
