/// One score on held-out videos beside what it is to be compared with.
package struct HeldOutScore: Sendable {
  /// How a score is written.
  package enum Unit: Sendable {
    /// A share of one, written as a percentage and drawn as a bar.
    case share
    case number
  }
  package var name: String
  package var unit: Unit
  package var trained: Double
  /// The same score of the network before training; nil where it was not taken.
  package var untrained: Double?
  /// What guessing gives; nil where that means nothing.
  package var chance: Double?

  package init(
    _ name: String, unit: Unit = .share, trained: Double, untrained: Double? = nil,
    chance: Double? = nil
  ) {
    self.name = name
    self.unit = unit
    self.trained = trained
    self.untrained = untrained
    self.chance = chance
  }
}

/// The report of a run as one HTML page that refers to nothing outside itself.
///
/// Every text in it is escaped, so names of files may hold anything.
package struct HTMLReport: Sendable {
  package var title: String
  /// One sentence on how the run stands.
  package var status: String
  /// What the reader must know first, such as a collapse of the features; one sentence each.
  package var warnings: [String] = []
  /// The few numbers shown large: steps, time, clips a second.
  package var facts: [(name: String, value: String)] = []
  package var heldOut: [HeldOutScore] = []
  /// What the network was whose scores stand beside those of the trained one.
  package var before = "untrained"
  /// What the held-out scores were taken on.
  package var heldOutNote = ""
  package var plots: [LinePlot] = []
  package var settings: [(name: String, value: String)] = []
  /// Files and clips left out, with the reason.
  package var skipped: [(path: String, reason: String)] = []
  /// One line at the foot: program and version.
  package var footer = ""

  package init(title: String, status: String) {
    self.title = title
    self.status = status
  }

  /// The whole page.
  package func render() -> String {
    HTMLPage(
      title: title,
      body: """
        <main>
        <h1>\(escaped(title))</h1>
        <p class="status">\(escaped(status))</p>
        \(warningList)\(Self.list(facts: facts))\(scoreSection)\(plotSection)\(Self.section(skipped: skipped))\(Self.section(settings: settings))
        </main>
        <footer>\(escaped(footer))</footer>
        """
    ).render()
  }

  private var warningList: String {
    warnings.map { "<p class=\"warning\">\(escaped($0))</p>\n" }.joined()
  }

  /// Few numbers shown large.
  static func list(facts: [(name: String, value: String)]) -> String {
    guard !facts.isEmpty else { return "" }
    let items = facts.map {
      "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>"
    }
    return "<dl class=\"facts\">\(items.joined())</dl>\n"
  }

  // MARK: Scores

  private var scoreSection: String {
    guard !heldOut.isEmpty else { return "" }
    let head = [
      "Score", "This network", before.prefix(1).uppercased() + before.dropFirst(), "Chance", "",
    ]
    .map { "<th>\(escaped($0))</th>" }
    let rows = heldOut.map { score in
      let cells = [score.untrained, score.chance].map { value in
        "<td class=\"number\">\(Self.text(value, score.unit))</td>"
      }
      return "<tr><th>\(escaped(score.name))</th>"
        + "<td class=\"number\"><b>\(Self.text(score.trained, score.unit))</b></td>"
        + "\(cells.joined())<td>\(Self.bar(score))</td></tr>\n"
    }
    let note = heldOutNote.isEmpty ? "" : "<p>\(escaped(heldOutNote))</p>\n"
    return """
      <section>
      <h2>On held-out videos</h2>
      \(note)<div class="wide"><table class="scores">
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></div>
      <p class="key"><i class="c0"></i>this network <i class="mark untrained"></i>\(escaped(before))
      <i class="mark chance"></i>chance</p>
      </section>

      """
  }

  private static func text(_ value: Double?, _ unit: HeldOutScore.Unit) -> String {
    guard let value else { return "–" }
    guard value.isFinite else { return "undefined" }
    return unit == .share ? NumberText.percent(value) : NumberText.short(value)
  }

  /// A bar over 0...100 % with marks for chance and for the network before training.
  private static func bar(_ score: HeldOutScore) -> String {
    guard score.unit == .share, score.trained.isFinite else { return "" }
    func place(_ value: Double) -> String { NumberText.fixed(min(max(value, 0), 1) * 200, 1) }
    var out = "<svg class=\"bar\" viewBox=\"0 0 200 14\" aria-hidden=\"true\">"
    out += "<rect class=\"track\" width=\"200\" height=\"14\" rx=\"2\"/>"
    out += "<rect class=\"c0\" width=\"\(place(score.trained))\" height=\"14\" rx=\"2\"/>"
    for (name, value) in [("untrained", score.untrained), ("chance", score.chance)] {
      guard let value, value.isFinite else { continue }
      let x = place(value)
      out += "<line class=\"mark \(name)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"14\"/>"
    }
    return out + "</svg>"
  }

  // MARK: Curves, files, settings

  private var plotSection: String {
    guard !plots.isEmpty else { return "" }
    let figures = plots.map { plot in
      let caption = plot.caption.isEmpty ? "" : "<p>\(escaped(plot.caption))</p>"
      let body = plot.isEmpty ? plot.render() : plot.render() + plot.legend()
      return "<figure><figcaption><h3>\(escaped(plot.title))</h3>\(caption)</figcaption>"
        + "\(body)</figure>\n"
    }
    return
      "<section>\n<h2>Training</h2>\n<div class=\"plots\">\n\(figures.joined())</div>\n</section>\n"
  }

  /// Files left out, with the reason.
  static func section(skipped: [(path: String, reason: String)]) -> String {
    var body = "<p>Nothing was left out.</p>"
    if !skipped.isEmpty {
      let rows = skipped.map {
        "<tr><td><code>\(escaped($0.path))</code></td><td>\(escaped($0.reason))</td></tr>\n"
      }
      body = """
        <details\(skipped.count <= 20 ? " open" : "")><summary>\(skipped.count) left out</summary>
        <div class="wide"><table><thead><tr><th>File</th><th>Reason</th></tr></thead>
        <tbody>
        \(rows.joined())</tbody></table></div></details>
        """
    }
    return "<section>\n<h2>Files left out</h2>\n\(body)\n</section>\n"
  }

  /// Settings as a table.
  static func section(settings: [(name: String, value: String)]) -> String {
    guard !settings.isEmpty else { return "" }
    let rows = settings.map {
      "<tr><th><code>\(escaped($0.name))</code></th><td>\(escaped($0.value))</td></tr>\n"
    }
    return "<section>\n<h2>Settings</h2>\n<div class=\"wide\"><table class=\"settings\"><tbody>\n"
      + "\(rows.joined())</tbody></table></div>\n</section>"
  }
}
