import Storage

/// Why something could not be tracked or scored. The description is one line that names the file and the mend.
package struct EvaluationError: Error, Sendable, CustomStringConvertible {
  /// What kind of failure it is.
  package enum Kind: Sendable {
    /// Options that do not fit each other or the input.
    case usage
    /// A file's content is not what it should be.
    case badData
    /// A file or folder is missing or holds nothing usable.
    case noInput
  }
  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    // A path may be 4096 bytes long.
    self.description = oneLine(description, limit: 6000)
  }

  /// The exit status of sysexits.h that a command ends with.
  package var exitStatus: Int32 {
    switch kind {
    case .usage: 64
    case .badData: 65
    case .noInput: 66
    }
  }
}
