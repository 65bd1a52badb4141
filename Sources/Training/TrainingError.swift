import Storage

/// Why a training run did not begin or could not go on. The description is one line with the mend.
package enum TrainingError: Error, Sendable, CustomStringConvertible {
  /// The run folder holds something already and resuming was not asked for.
  case runExists(folder: String)
  /// A resumed run was given another value of a setting than the one it began with.
  case settingChanged(name: String, was: String, now: String, folder: String)
  /// A file of the run folder cannot be read as what it should be.
  case damaged(path: String, reason: String)
  /// Too many steps in a row had a loss or a gradient that is not finite.
  case diverged(step: Int, inARow: Int, reason: String)
  /// A value of the model is not finite: it is not saved.
  case notFinite(name: String, step: Int, folder: String)
  /// Nothing that can be trained on.
  case noData(reason: String)

  /// Every checkpoint is damaged, the newest by `error`.
  static func noneComplete(_ error: StorageError, mend: String) -> TrainingError {
    // The mend that it names, an older checkpoint, is what there is not.
    .damaged(
      path: error.path,
      reason: error.reason.prefix { $0 != ";" } + ", and no other checkpoint is complete; " + mend)
  }

  /// The exit status of sysexits.h that a command ends with.
  package var exitStatus: Int32 {
    switch self {
    case .runExists: 73
    case .settingChanged: 64
    case .damaged: 65
    case .diverged, .notFinite: 70
    case .noData: 66
    }
  }

  package var description: String {
    switch self {
    case .runExists(let folder):
      "\(folder): there is a run in this folder already; "
        + "add --resume to go on with it, or choose another --out"
    case .settingChanged("videos", _, _, let folder):
      "\(folder): the videos are not those this run began with, or an earlier version began it; "
        + "put the same files back, or choose another --out"
    case .settingChanged(let name, let was, let now, let folder):
      "\(folder): this run began with \(name) = \(was), not \(now); "
        + "resume with the old value, or choose another --out"
    case .damaged(let path, let reason):
      "\(path): \(reason)"
    case .diverged(let step, let inARow, let reason):
      "step \(step): \(reason), \(inARow) steps in a row; "
        + "train with a lower learning rate, or look for damaged clips"
    case .notFinite(let name, let step, let folder):
      "\(folder): after step \(step) \(name) is not finite, and was not saved; "
        + "the checkpoints there are of before; train with a lower learning rate"
    case .noData(let reason): reason
    }
  }
}
