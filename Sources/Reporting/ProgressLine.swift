import Foundation
import Storage
import Synchronization

/// A live line about a long job on standard error: rewritten in place on a terminal, elsewhere a
/// plain line every few seconds, nothing when quiet. It may be called from any thread.
package final class ProgressLine: Sendable {
  /// How the line is shown.
  package enum Style: Sendable, Hashable {
    /// Rewritten in place, at most ten times a second.
    case live(colour: Bool)
    /// A line of its own every so many seconds.
    case plain(seconds: Double)
    case quiet
  }

  private struct State {
    var lastTime = -Double.infinity
    var shown = 0  // columns of the live line that stands on the terminal
    var pending: ProgressState?
  }

  package let style: Style
  private let state = Mutex(State())
  private let write: @Sendable (String) -> Void
  private let width: @Sendable () -> Int
  private let clock: @Sendable () -> Double
  private let hasRoom: @Sendable () -> Bool

  /// A line of a style, with its surroundings in the caller's hands: where text goes, how many
  /// columns there are, the seconds of a steady clock, and whether text would be taken without waiting:
  /// progress that would hold up the work is left out.
  package init(
    style: Style, write: @escaping @Sendable (String) -> Void,
    width: @escaping @Sendable () -> Int = { 80 },
    clock: @escaping @Sendable () -> Double = { ProcessInfo.processInfo.systemUptime },
    hasRoom: @escaping @Sendable () -> Bool = { true }
  ) {
    self.style = style
    self.write = write
    self.width = width
    self.clock = clock
    self.hasRoom = hasRoom
  }

  /// The line for standard error: live on a terminal that can rewrite a line, plain elsewhere.
  /// `NO_COLOR` (no-color.org) is honoured.
  package static func standard(quiet: Bool) -> ProgressLine {
    let environment = ProcessInfo.processInfo.environment
    let isTerminal = isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    let colour = environment["NO_COLOR", default: ""].isEmpty
    return ProgressLine(
      style: quiet ? .quiet : isTerminal ? .live(colour: colour) : .plain(seconds: 5),
      write: { text in
        let bytes = Array(text.utf8)
        _ = Foundation.write(STDERR_FILENO, bytes, bytes.count)
      }, width: { terminalColumns() },
      hasRoom: {
        var stream = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&stream, 1, 0) != 0
      })
  }

  /// Shows the state if it is time to.
  package func update(_ progress: ProgressState) {
    state.withLock { state in
      let now = clock()
      let interval: Double
      switch style {
      case .quiet: return
      case .live: interval = 0.1
      case .plain(let seconds): interval = seconds
      }
      guard now - state.lastTime >= interval, hasRoom() else {
        state.pending = progress
        return
      }
      state.lastTime = now
      show(progress, &state)
    }
  }

  /// Prints a line of its own, above the live one. Quiet does not silence it: warnings come this
  /// way. Names of files in it neither break the line nor command the terminal.
  package func note(_ text: String) {
    state.withLock { state in
      clear(&state)
      write(oneLine(text, limit: .max) + "\n")
    }
  }

  /// Shows the last state and ends the line.
  package func finish() {
    state.withLock { state in
      if let pending = state.pending { show(pending, &state) }
      if case .live = style, state.shown > 0 { write("\n") }
      state.shown = 0
    }
  }

  private func show(_ progress: ProgressState, _ state: inout State) {
    state.pending = nil
    switch style {
    case .quiet: break
    case .plain: write(progress.line(width: 500, bar: false) + "\n")
    case .live(let colour):
      // The last column stays free: some terminals wrap when it is filled.
      let text = progress.line(width: max(width() - 1, 10), bar: true)
      let padding = String(repeating: " ", count: max(0, state.shown - text.count))
      write("\r" + (colour ? Self.coloured(text) : text) + padding)
      state.shown = text.count
    }
  }

  private func clear(_ state: inout State) {
    guard case .live = style, state.shown > 0 else { return }
    write("\r" + String(repeating: " ", count: state.shown) + "\r")
    state.shown = 0
  }

  /// The bar in green, the rest as it is.
  private static func coloured(_ text: String) -> String {
    guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return text }
    return "\u{1B}[32m" + text[...end] + "\u{1B}[0m" + text[text.index(after: end)...]
  }

  private static func terminalColumns() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
