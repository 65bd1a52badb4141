import Glibc
import Synchronization

/// The signal that asked the process to stop; 0 while none did. A global, since a signal handler
/// captures nothing.
private let requestedSignal = Atomic<Int32>(0)

/// Whether SIGINT or SIGTERM has asked the run to stop after the current step.
///
/// The handler does nothing but store the signal's number, which is safe at any moment. It serves
/// one signal of a kind: a second one ends the process at once.
package enum StopRequest {
  /// Listens to SIGINT and SIGTERM from now on.
  package static func listen() {
    // The global must exist before a handler can touch it: making it is not safe within one.
    requestedSignal.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      requestedSignal.store(signal, ordering: .relaxed)
    }
    action.sa_flags = Int32(truncatingIfNeeded: SA_RESETHAND) | SA_RESTART
    for signal in [SIGINT, SIGTERM] { sigaction(signal, &action, nil) }
  }

  /// The signal that came, if one did.
  package static var signal: Int32? {
    let signal = requestedSignal.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// The exit status of a run that saved and ended because of `signal`: 130 for SIGINT, 75 for
  /// SIGTERM.
  package static func exitStatus(_ signal: Int32) -> Int32 { signal == SIGINT ? 130 : 75 }
}
