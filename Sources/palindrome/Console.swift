import Foundation
import Synchronization

/// Where a command writes: results on standard output, progress and errors on standard error.
///
/// Safe to use from many threads.
final class Console: Sendable {
  /// Whether only errors are written to standard error.
  let isQuiet: Bool
  /// Whether standard output shows colours: a terminal, and `NO_COLOR` unset or empty.
  let showsColour: Bool
  private let errorIsTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  private struct State {
    var outputFailed: Int32?
    var liveLine = false
    var lastProgress: ContinuousClock.Instant?
  }

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
    let refused = ProcessInfo.processInfo.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    showsColour = isatty(STDOUT_FILENO) == 1 && !refused
  }

  /// Writes a line of the result.
  func result(_ line: String) {
    state.withLock { state in
      Self.clearLiveLine(&state)
      guard state.outputFailed == nil else { return }
      state.outputFailed = Self.write(line + "\n", to: STDOUT_FILENO)
    }
  }

  /// Writes a line about the work on standard error, unless quiet.
  func note(_ line: String) {
    guard !isQuiet else { return }
    error(line)
  }

  /// Writes a line on standard error, quiet or not.
  func error(_ line: String) {
    state.withLock { state in
      Self.clearLiveLine(&state)
      _ = Self.write(line.printable + "\n", to: STDERR_FILENO)
    }
  }

  /// Shows how far the work is: on a terminal a line that is written over at most ten times a second,
  /// elsewhere a plain line every five seconds. `isLast` shows it in any case.
  func progress(isLast: Bool = false, _ line: @autoclosure () -> String) {
    guard !isQuiet else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      let pause = errorIsTerminal ? Duration.milliseconds(100) : .seconds(5)
      if let last = state.lastProgress, now - last < pause, !isLast { return }
      // Short jobs need no progress where nobody watches.
      if state.lastProgress == nil, !errorIsTerminal, !isLast {
        state.lastProgress = now
        return
      }
      state.lastProgress = now
      let text = line().printable
      if errorIsTerminal {
        _ = Self.write("\r\u{1B}[K" + text.prefix(Self.terminalColumns - 1), to: STDERR_FILENO)
        state.liveLine = true
      } else {
        _ = Self.write(text + "\n", to: STDERR_FILENO)
      }
    }
  }

  /// Takes the live line off the terminal.
  func endProgress() {
    state.withLock { state in
      Self.clearLiveLine(&state)
      state.lastProgress = nil
    }
  }

  /// Throws when a result could not be written. A reader that has closed its end of the pipe has seen
  /// what it wanted: that is no failure.
  func checkOutput() throws(CommandFailure) {
    let failure = state.withLock { $0.outputFailed }
    guard let failure, failure != EPIPE else { return }
    throw CommandFailure(
      .inputOutput,
      "standard output: \(String(cString: strerror(failure))); make room or write elsewhere")
  }

  private static func clearLiveLine(_ state: inout State) {
    guard state.liveLine else { return }
    state.liveLine = false
    _ = write("\r\u{1B}[K", to: STDERR_FILENO)
  }

  private static var terminalColumns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
    return Int(size.ws_col)
  }

  /// Returns the error number of a failed write.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let written = Glibc.write(descriptor, start, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          guard errno == EAGAIN else { return errno }
          // Whoever made the stream does not wait for its reader; results do.
          var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&ready, 1, -1)
          continue
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      return nil
    }
  }
}
