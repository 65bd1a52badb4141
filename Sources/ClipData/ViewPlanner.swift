import TensorCore

/// Picks the frames of the views of a video within a shot.
package struct ViewPlanner: Sendable {
  /// Frames a clip.
  package var frames: Int
  /// The longest gap between two views, in frames and in seconds.
  package var longestGap: Int
  private let longestGapSeconds: Double
  /// Views whose middle frames' thumbnails differ by less (mean absolute, 0...255) are near-duplicates.
  package var duplicate = 2.0
  /// How often views are drawn again to avoid near-duplicates.
  package var tries = 8

  package init(_ settings: ClipSettings) {
    frames = settings.frames
    longestGap = Int(settings.longestGap * settings.rate)
    longestGapSeconds = settings.longestGap
  }

  /// The frame indices of every view.
  ///
  /// All views lie in one shot, drawn with a chance proportional to the starts it offers. The gap
  /// between two views has a density that falls linearly to zero at the shot's length or `longestGap`
  /// (Purushwalkam and Gupta 2020; Gordon et al., VINCE, 2020). When every shot is shorter than a clip
  /// the longest gives its frames, some of them repeated; below two frames the segment is of no use.
  package func draw(
    views: Int, _ summary: SegmentSummary, _ random: inout CounterRandom
  ) throws(SegmentError) -> [[Int]] {
    let offered = summary.shots.map { max(0, $0.count - frames + 1) }
    let total = offered.reduce(0, +)
    guard total > 0 else {
      let spread = try spreadOverLongest(summary)
      return Array(repeating: spread, count: views)
    }
    var ticket = random.integer(below: total)
    var choice = 0
    while ticket >= offered[choice] {
      ticket -= offered[choice]
      choice += 1
    }
    let first = summary.shots[choice].lowerBound
    let last = first + offered[choice] - 1
    var best = [first + ticket]
    guard views > 1 else { return best.map(clip) }
    var bestDifference = -1.0
    for _ in 0..<tries {
      let drawn = starts(views, first...last, longest: longestGap, &random)
      let middles = drawn.map { $0 + frames / 2 }
      let difference =
        middles.dropFirst().map { summary.difference(middles[0], $0) }.min() ?? .infinity
      if difference > bestDifference {
        best = drawn
        bestDifference = difference
      }
      if difference >= duplicate { break }
    }
    return best.map(clip)
  }

  /// Two or more starts in `range`: the gap is drawn first, then the place of the pair, then which of the
  /// two comes first; further views are drawn anew beside the first.
  private func starts(
    _ views: Int, _ range: ClosedRange<Int>, longest limit: Int, _ random: inout CounterRandom
  ) -> [Int] {
    guard views > 1 else { return [range.lowerBound + random.integer(below: range.count)] }
    let longest = min(range.upperBound - range.lowerBound, limit)
    // Inverse of the distribution with density 2 (1 - g) on 0...1.
    let unit = 1 - (1 - random.uniform(0...1)).squareRoot()
    let gap = min(longest, Int(unit * Double(longest + 1)))
    let early = range.lowerBound + random.integer(below: range.count - gap)
    let isSwapped = random.integer(below: 2) == 1
    var starts = isSwapped ? [early + gap, early] : [early, early + gap]
    while starts.count < views {
      starts.append(range.lowerBound + random.integer(below: range.count))
    }
    return starts
  }

  /// The seconds of the middle of the sound of every view of a segment without pictures: anywhere in it, the gap
  /// between two views as that of pictures.
  func drawSound(
    views: Int, _ summary: SegmentSummary, _ random: inout CounterRandom
  ) -> [Double] {
    let grid = 1000.0
    let last = max(0, Int(summary.audioSeconds * grid) - 1)
    return starts(views, 0...last, longest: Int(longestGapSeconds * grid), &random).map {
      summary.audioStart + (Double($0) + 0.5) / grid
    }
  }

  /// The same for evaluation: evenly apart.
  func fixedSound(views: Int, _ summary: SegmentSummary) -> [Double] {
    (0..<views).map {
      summary.audioStart + summary.audioSeconds * (Double($0) + 0.5) / Double(views)
    }
  }

  /// Fixed views for evaluation: evenly apart in the longest shot, the same for every run.
  package func fixed(views: Int, _ summary: SegmentSummary) throws(SegmentError) -> [[Int]] {
    let longest = longestShot(summary)
    let room = longest.count - frames
    guard room >= 0 else {
      let spread = try spreadOverLongest(summary)
      return Array(repeating: spread, count: views)
    }
    return (0..<views).map { view in
      clip(longest.lowerBound + room * (2 * view + 1) / (2 * views))
    }
  }

  private func clip(_ start: Int) -> [Int] { Array(start..<start + frames) }

  private func longestShot(_ summary: SegmentSummary) -> Range<Int> {
    summary.shots.reduce(0..<0) { $1.count > $0.count ? $1 : $0 }
  }

  private func spreadOverLongest(_ summary: SegmentSummary) throws(SegmentError) -> [Int] {
    let shot = longestShot(summary)
    guard shot.count >= 2 else { throw .tooShort(shot.count) }
    return (0..<frames).map {
      shot.lowerBound + ($0 * (shot.count - 1) * 2 + frames - 1) / (2 * max(1, frames - 1))
    }
  }
}
