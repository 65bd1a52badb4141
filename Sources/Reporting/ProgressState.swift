/// What a progress line shows of a running training.
package struct ProgressState: Sendable {
  /// Completed steps.
  package var step: Int
  /// Steps in all; nil when the time is the limit.
  package var steps: Int?
  /// Share of the work that is done, 0...1; nil when unknown.
  package var share: Double?
  package var clipsPerSecond: Double
  /// The total loss first.
  package var losses: [(name: String, value: Double)]
  /// Share of the time that training waited for data, 0...1.
  package var dataWait: Double
  package var secondsLeft: Double?
  /// Files left out so far.
  package var skipped: Int

  package init(
    step: Int, steps: Int? = nil, share: Double? = nil, clipsPerSecond: Double = 0,
    losses: [(name: String, value: Double)] = [], dataWait: Double = 0, secondsLeft: Double? = nil,
    skipped: Int = 0
  ) {
    self.step = step
    self.steps = steps
    self.share = share ?? steps.map { $0 > 0 ? Double(step) / Double($0) : 1 }
    self.clipsPerSecond = clipsPerSecond
    self.losses = losses
    self.dataWait = dataWait
    self.secondsLeft = secondsLeft
    self.skipped = skipped
  }

  /// The line cut to `width` columns: the least important fields go first, never half a field.
  package func line(width: Int, bar: Bool) -> String {
    // In the order of the line; a lower rank stays longer.
    var fields: [(rank: Int, text: String)] = []
    if let share, bar { fields.append((4, Self.bar(share))) }
    fields.append((0, steps.map { "step \(step)/\($0)" } ?? "step \(step)"))
    for (index, loss) in losses.enumerated() {
      fields.append((index == 0 ? 1 : 5 + index, "\(loss.name) \(NumberText.fixed(loss.value, 3))"))
    }
    if clipsPerSecond > 0 {
      fields.append((3, "\(NumberText.fixed(clipsPerSecond, 1)) clips/s"))
    }
    fields.append((5, "data wait \(NumberText.percent(dataWait, 0))"))
    if let secondsLeft { fields.append((2, "\(NumberText.duration(secondsLeft)) left")) }
    if skipped > 0 { fields.append((4, "\(skipped) skipped")) }
    while fields.count > 1, Self.join(fields).count > width {
      guard let worst = fields.map(\.rank).max(),
        let place = fields.lastIndex(where: { $0.rank == worst })
      else { break }
      fields.remove(at: place)
    }
    return String(Self.join(fields).prefix(max(width, 1)))
  }

  private static func join(_ fields: [(rank: Int, text: String)]) -> String {
    fields.map(\.text).joined(separator: "  ")
  }

  private static func bar(_ share: Double) -> String {
    let length = 20
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    let done = Int(share * Double(length))
    let percent = Int(share * 100)
    return "[" + String(repeating: "#", count: done)
      + String(repeating: ".", count: length - done) + "] \(percent) %"
  }
}
