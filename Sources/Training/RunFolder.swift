import Settings
import Storage

/// The folder of one run, held by its lock for as long as the value lives.
package final class RunFolder {
  package let path: String
  package let checkpoints: CheckpointFolder
  /// The checkpoint to go on from; nil for a run from the start.
  package let resumeStep: Int?
  /// What the user should know of how the folder was found.
  package let notes: [String]
  private let lock: RunLock

  package var modelPath: String { path + "/model.safetensors" }
  package var metricsPath: String { path + "/metrics.jsonl" }
  package var indexPath: String { path + "/index.json" }

  /// Makes the folder of a new run, or with `resume` opens that of an old one at its newest
  /// complete checkpoint. A resumed run that has none yet begins from the start.
  ///
  /// Throws where a run is there and resuming was not asked for, where another process is writing
  /// into it, where the settings are not those it began with, and where every checkpoint is damaged.
  /// Damaged ones that are newer than the one to go on from are set aside under another name.
  package init(_ path: String, _ configuration: TrainingConfiguration, resume: Bool) throws {
    if !resume { try Self.checkIsFree(path) }
    try Folder.create(path)
    lock = try RunLock(path)
    // Another run may have begun, and ended, before the lock was taken.
    if !resume { try Self.checkIsFree(path) }
    self.path = path
    checkpoints = CheckpointFolder(path + "/checkpoints")
    try AtomicDirectory.removeLeftovers(in: path)
    try AtomicDirectory.removeLeftovers(in: checkpoints.path)

    let now = try configuration.json()
    if Folder.names(in: path).contains("config.json") {
      try Self.check(now, against: path + "/config.json", folder: path)
    } else {
      try AtomicFile.write(now.text(indented: true) + "\n", to: path + "/config.json")
    }
    var notes: [String] = []
    let (step, damaged) = resume ? try checkpoints.newest() : (nil, [])
    if step == nil, let newest = damaged.first {
      throw TrainingError.noneComplete(
        newest.error, mend: "restore the file, or begin anew with another --out")
    }
    for (step, error) in damaged {
      if case .inputOutput = error {
        // It may be whole: what could not be read now can perhaps be read later.
        notes.append("checkpoint step-\(step) cannot be read and is passed over: \(error)")
        continue
      }
      let name = try checkpoints.setAside(step: step)
      notes.append("checkpoint step-\(step) is damaged, and kept as \(name): \(error)")
    }
    if let step {
      notes.append("resuming from \(checkpoints.path(step: step))")
    } else if resume {
      notes.append("\(path): no complete checkpoint to resume from; starting from step 0")
    }
    resumeStep = step
    self.notes = notes
  }

  /// Throws where the folder was moved or removed since it was opened.
  package func check() throws(StorageError) { try lock.check() }

  /// Throws where no new run can begin in the folder at `path`, because a run or something else is in it. What begins
  /// with a dot does not count: it is left of a run that was killed before it began, or of other programs
  /// (`.gitkeep`, `.DS_Store`).
  package static func checkIsFree(_ path: String) throws {
    let found = Folder.names(in: path)
    if found.allSatisfy({ $0.hasPrefix(".") }) { return }
    guard found.contains("config.json"), found.contains("index.json") || found.contains(".lock")
    else {
      throw StorageError.cannotCreate(
        path: path, reason: "there is something in this folder already; choose another --out")
    }
    throw TrainingError.runExists(folder: path)
  }

  private static func check(_ now: JSONValue, against file: String, folder: String) throws {
    let was: JSONValue
    do {
      was = try JSONValue.parse(try readBytes(file, limit: 1 << 20))
    } catch let error as JSONError {
      throw TrainingError.damaged(
        path: file, reason: "\(error); restore it, or choose another --out")
    }
    if let change = TrainingConfiguration.firstChange(was: was, now: now) {
      throw TrainingError.settingChanged(
        name: change.name, was: change.was, now: change.now, folder: folder)
    }
  }
}
