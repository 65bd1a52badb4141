import Reporting
import Synchronization
import Testing

/// A terminal that keeps what was written, and a clock that the test turns.
private final class Terminal: Sendable {
  let text = Mutex("")
  let time = Mutex(0.0)
  let isFull = Mutex(false)

  func line(_ style: ProgressLine.Style, width: Int = 80) -> ProgressLine {
    ProgressLine(
      style: style, write: { [self] part in text.withLock { $0 += part } }, width: { width },
      clock: { [self] in time.withLock { $0 } },
      hasRoom: { [self] in isFull.withLock { !$0 } })
  }
  func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
  func taken() -> String {
    text.withLock { text in
      defer { text = "" }
      return text
    }
  }
}

@Suite struct ProgressLineTests {
  private let state = ProgressState(
    step: 30, steps: 120, clipsPerSecond: 14.24,
    losses: [("loss", 5.3121), ("walk", 3.9), ("av", 2.1)], dataWait: 0.034, secondsLeft: 724,
    skipped: 2)
  private let whole =
    "step 30/120  loss 5.312  walk 3.900  av 2.100  14.2 clips/s  data wait 3 %  12:04 left  "
    + "2 skipped"

  @Test func plainLinesComeEveryFewSeconds() {
    let terminal = Terminal()
    let line = terminal.line(.plain(seconds: 5))
    line.update(state)
    #expect(terminal.taken() == whole + "\n")
    terminal.wait(4)
    line.update(ProgressState(step: 31))
    #expect(terminal.taken() == "")
    line.finish()
    #expect(terminal.taken() == "step 31  data wait 0 %\n")
    line.finish()
    #expect(terminal.taken() == "")
  }

  /// Progress does not wait for a reader that has stopped reading; the state that was left out comes later.
  @Test func aFullPipeHoldsUpNothing() {
    let terminal = Terminal()
    let line = terminal.line(.plain(seconds: 5))
    terminal.isFull.withLock { $0 = true }
    for _ in 0..<3 {
      line.update(state)
      terminal.wait(6)
    }
    #expect(terminal.taken() == "")
    terminal.isFull.withLock { $0 = false }
    line.update(ProgressState(step: 31))
    #expect(terminal.taken() == "step 31  data wait 0 %\n")
  }

  @Test func aLiveLineIsRewrittenWithoutRemains() {
    let terminal = Terminal()
    let line = terminal.line(.live(colour: false), width: 200)
    line.update(state)
    let first = "[#####...............] 25 %  " + whole
    #expect(terminal.taken() == "\r" + first)
    terminal.wait(0.05)
    line.update(state)
    #expect(terminal.taken() == "")
    terminal.wait(0.1)
    line.update(ProgressState(step: 31))
    let second = "step 31  data wait 0 %"
    #expect(
      terminal.taken() == "\r" + second
        + String(repeating: " ", count: first.count - second.count))
    line.note("a.mp4 left out")
    #expect(
      terminal.taken() == "\r" + String(repeating: " ", count: second.count) + "\ra.mp4 left out\n")
    terminal.wait(1)
    line.update(ProgressState(step: 32))
    line.finish()
    #expect(terminal.taken().hasSuffix("step 32  data wait 0 %\n"))
  }

  @Test(arguments: [1, 10, 24, 25, 40, 60, 79, 80, 100, 119])
  func theWidthIsNeverExceededAndFieldsStayWhole(width: Int) {
    let text = state.line(width: width, bar: true)
    #expect(text.count <= width)
    if width >= 12 {
      #expect(text.contains("step 30/120"))
      let known = whole.components("  ") + ["[#####...............] 25 %"]
      #expect(text.components("  ").allSatisfy(known.contains))
    }
  }

  @Test func colourOnlyWhereAsked() {
    for colour in [false, true] {
      let terminal = Terminal()
      terminal.line(.live(colour: colour)).update(state)
      #expect(terminal.taken().contains("\u{1B}") == colour)
    }
  }

  @Test func quietSilencesProgressButNotWarnings() {
    let terminal = Terminal()
    let line = terminal.line(.quiet)
    line.update(state)
    line.finish()
    #expect(terminal.taken() == "")
    line.note("a.mp4 left out")
    #expect(terminal.taken() == "a.mp4 left out\n")
  }

  @Test func aNameNeitherBreaksANoteNorCommandsTheTerminal() {
    let terminal = Terminal()
    let name = "a\u{1B}[2J\r\n.mp4" + String(repeating: "x", count: 2000)
    terminal.line(.quiet).note("left out: \(name)!")
    #expect(
      terminal.taken() == "left out: a?[2J??.mp4" + String(repeating: "x", count: 2000) + "!\n")
  }

  @Test func oddNumbersDoNotTrap() {
    let odd = ProgressState(
      step: 0, steps: 0, share: .nan, clipsPerSecond: .infinity, losses: [("loss", .nan)],
      dataWait: .nan, secondsLeft: .infinity)
    #expect(odd.line(width: 80, bar: true).contains("loss nan"))
  }

  @Test func durationsAreReadable() {
    #expect(NumberText.duration(0) == "0 s")
    #expect(NumberText.duration(59.6) == "1:00")
    #expect(NumberText.duration(3661) == "1:01:01")
    #expect(NumberText.duration(-1) == "?")
    #expect(NumberText.duration(.nan) == "?")
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [String] {
    var parts: [String] = [""]
    var rest = self[...]
    while let first = rest.first {
      if rest.hasPrefix(separator) {
        parts.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        parts[parts.count - 1].append(first)
        rest = rest.dropFirst()
      }
    }
    return parts
  }
}
