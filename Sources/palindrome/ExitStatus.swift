import Training

/// What the process ends with; the numbers of sysexits.h, and 130 for an interrupt.
enum ExitStatus: Int32, Sendable {
  case done = 0
  case usage = 64
  case badData = 65
  case noInput = 66
  case internalError = 70
  /// The system gave no more memory.
  case outOfMemory = 71
  case cannotCreate = 73
  case inputOutput = 74
  /// Stopped by SIGTERM after saving; resuming goes on from there.
  case terminated = 75
  /// Stopped by SIGINT after saving; resuming goes on from there.
  case interrupted = 130

  /// That of work that SIGINT or SIGTERM asked to stop; nil while none did.
  static var ofStop: ExitStatus? {
    StopRequest.signal.map { ExitStatus(rawValue: StopRequest.exitStatus($0)) ?? .terminated }
  }
}

/// A failure with the status that the process ends with; the message is one line that names the file
/// and the mend.
struct CommandFailure: Error, CustomStringConvertible {
  let status: ExitStatus
  let description: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    description = message
  }

  /// Throws where SIGINT or SIGTERM asked to stop before the folder `out` was made.
  static func checkForStop(making out: String) throws(CommandFailure) {
    guard let status = ExitStatus.ofStop else { return }
    throw CommandFailure(
      status, "\(out): stopped, nothing of it is kept; run the command again")
  }
}
