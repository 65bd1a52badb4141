/// How fast the last steps were. The clock decides nothing but what is shown and, for a run of so
/// many minutes, how many steps it has.
struct RecentPace {
  private var steps: [(seconds: Double, waited: Double, clips: Int)] = []
  private static let window = 50

  mutating func add(seconds: Double, waited: Double, clips: Int) {
    // Twice the window is kept, so that the half is thrown away once in a window of steps.
    if steps.count >= 2 * Self.window { steps.removeFirst(Self.window) }
    steps.append((seconds, waited, clips))
  }

  var count: Int { steps.count }
  private var recent: ArraySlice<(seconds: Double, waited: Double, clips: Int)> {
    // The first steps fill caches and pools: of a few, the later half tells more.
    steps.suffix(min(Self.window, (steps.count + 1) / 2))
  }
  private var seconds: Double { recent.reduce(0) { $0 + $1.seconds } }

  var secondsPerStep: Double { recent.isEmpty ? 0 : seconds / Double(recent.count) }
  var clipsPerSecond: Double {
    seconds > 0 ? Double(recent.reduce(0) { $0 + $1.clips }) / seconds : 0
  }
  var waitShare: Double { seconds > 0 ? recent.reduce(0) { $0 + $1.waited } / seconds : 0 }
}
