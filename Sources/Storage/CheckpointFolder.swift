import Glibc

/// The folder `checkpoints` of a run: one folder `step-N` for each checkpoint.
package struct CheckpointFolder: Sendable {
  package let path: String

  /// The checkpoints below `path`, which need not exist yet.
  package init(_ path: String) { self.path = path }

  /// The folder of the checkpoint after `step` steps.
  package func path(step: Int) -> String { "\(path)/step-\(step)" }

  /// The steps of which there is a folder, rising.
  package var steps: [Int] {
    get throws(StorageError) {
      try Folder.list(path).compactMap { name in
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0,
          name == "step-\(step)"
        else { return nil }
        return step
      }.sorted()
    }
  }

  /// Writes the checkpoint after `step` steps and removes all but the newest `keeping` complete
  /// ones.
  package func publish(
    step: Int, keeping: Int = 2, _ fill: (DirectoryDraft) throws(StorageError) -> Void
  ) throws(StorageError) {
    try AtomicDirectory.publish(path(step: step), fill)
    try prune(keeping: keeping)
  }

  /// A checkpoint that was looked at in vain, and why.
  package typealias Damaged = (step: Int, error: StorageError)

  /// The newest checkpoint whose every file fits its manifest, and the damaged ones that are newer:
  /// the caller names them to the user. Throws where the folder is there but cannot be read: to
  /// begin anew would lose the run.
  package func newest() throws(StorageError) -> (step: Int?, damaged: [Damaged]) {
    var damaged: [Damaged] = []
    for step in try steps.reversed() {
      do throws(StorageError) {
        try AtomicDirectory.verify(path(step: step))
        return (step, damaged)
      } catch {
        damaged.append((step, error))
      }
    }
    return (nil, damaged)
  }

  /// Gives the damaged checkpoint after `step` steps another name, beside the others, so that it neither counts as one
  /// that is kept nor stands in the way of its successor. Returns that name.
  package func setAside(step: Int) throws(StorageError) -> String {
    let name = "step-\(step).damaged"
    // One that was damaged before is of no more use than this one.
    try Folder.remove("\(path)/\(name)")
    guard Disk.rename(path(step: step), to: "\(path)/\(name)") == 0 else {
      throw .inputOutput(path: path(step: step), reason: systemReason(errno))
    }
    try Folder.sync(path)
    return name
  }

  /// Removes the checkpoints that are older than the newest `keeping` complete ones.
  package func prune(keeping: Int) throws(StorageError) {
    var complete = 0
    for step in try steps.reversed() {
      if complete >= keeping {
        try Folder.remove(path(step: step))
      } else if (try? AtomicDirectory.verify(path(step: step), hashes: false)) != nil {
        complete += 1
      }
    }
  }
}
