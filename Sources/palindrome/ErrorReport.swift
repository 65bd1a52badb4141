import ClipData
import Evaluation
import Media
import Settings
import Storage
import Training

extension Palindrome {
  /// The status that the process ends with after `error`.
  static func exitStatus(of error: any Error) -> ExitStatus {
    switch error {
    case let error as CommandFailure: error.status
    case is OptionError: .usage
    case let error as StorageError: ExitStatus(rawValue: error.exitStatus) ?? .inputOutput
    case VideoIndexError.unreadableFolder: .noInput
    case let error as TrainingError: ExitStatus(rawValue: error.exitStatus) ?? .internalError
    case let error as EvaluationError: ExitStatus(rawValue: error.exitStatus) ?? .internalError
    case VideoIndexError.run(let error), ClipLoaderError.run(let error): exitStatus(of: error)
    case ClipLoaderError.noVideos: .noInput
    case ClipLoaderError.nothingDecodes: .badData
    case let error as MediaError: status(of: error.kind)
    default: .internalError
    }
  }

  private static func status(of kind: MediaError.Kind) -> ExitStatus {
    switch kind {
    case .unreadable, .refused, .empty, .missingTrack, .decoder, .memory: .badData
    case .isolation: .internalError
    case .system: .outOfMemory
    case .timeout, .writing: .inputOutput
    case .request: .usage
    case .output: .cannotCreate
    }
  }

  /// One line that names the file and the mend.
  static func message(of error: any Error) -> String { "\(error)" }
}
