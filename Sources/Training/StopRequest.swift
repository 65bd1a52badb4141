import Glibc
import Synchronization

/// The signal that asked the process to stop; 0 while none did. A global, since a signal handler
/// captures nothing.
private let requestedSignal = Atomic<Int32>(0)
/// A bit for each kind of signal that has come.
private let seenSignals = Atomic<Int32>(0)
/// The address of what is said on standard error where a second signal ends the process, C text that stays; 0 for
/// nothing.
private let lastWords = Atomic<UInt>(0)

/// Whether SIGINT or SIGTERM has asked the run to stop after the current step.
///
/// The handler does nothing but store the signal's number, which is safe at any moment. It serves
/// one signal of a kind: a second one ends the process at once, with the last words where there are some.
package enum StopRequest {
  /// Listens to SIGINT and SIGTERM from now on.
  package static func listen() {
    // The globals must exist before a handler can touch them: making them is not safe within one.
    requestedSignal.store(0, ordering: .relaxed)
    seenSignals.store(0, ordering: .relaxed)
    _ = lastWords.load(ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { signal in
      let kind: Int32 = signal == SIGINT ? 1 : 2
      guard seenSignals.bitwiseOr(kind, ordering: .relaxed).oldValue & kind != 0 else {
        return requestedSignal.store(signal, ordering: .relaxed)
      }
      if let words = UnsafePointer<CChar>(bitPattern: lastWords.load(ordering: .acquiring)) {
        _ = write(STDERR_FILENO, words, strlen(words))
      }
      // It is held back while it is handled, and comes on the way out.
      Glibc.signal(signal, SIG_DFL)
      raise(signal)
    }
    action.sa_flags = SA_RESTART
    // Who started this program may have held them back, which is handed on.
    var held = sigset_t()
    sigemptyset(&held)
    for signal in [SIGINT, SIGTERM] {
      sigaction(signal, &action, nil)
      sigaddset(&held, signal)
    }
    pthread_sigmask(SIG_UNBLOCK, &held, nil)
  }

  /// From now on a second signal says of `folder` that it is left half written; nil for nothing to say.
  package static func leaves(_ folder: String?) {
    let words = folder.flatMap {
      strdup("palindrome: ended at once; remove \($0), which is half written\n")
    }
    // The text before may be on its way out at this very moment, so that it is never freed.
    lastWords.store(UInt(bitPattern: words), ordering: .releasing)
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
