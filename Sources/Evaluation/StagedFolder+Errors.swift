import Media
import Storage

extension StagedFolder {
  /// `error` about a file of the draft by the name that the user knows it by; others stay as they are.
  package func named(_ error: any Error) -> any Error {
    switch error {
    case let error as StorageError:
      let known: StorageError = named(error)
      return known
    case var error as MediaError:
      error.path = named(error.path)
      return error
    default: return error
    }
  }
}
