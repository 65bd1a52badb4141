/// The report of a self-training as one HTML page that refers to nothing outside itself.
package struct ClassifierReport: Sendable {
  /// An accuracy with its interval and the clips that it is of.
  package struct Score: Sendable {
    package var correct: Int
    package var count: Int
    /// Of 95 %, in shares.
    package var interval: ClosedRange<Double>

    package init(correct: Int, count: Int, interval: ClosedRange<Double>) {
      (self.correct, self.count, self.interval) = (correct, count, interval)
    }

    var share: Double { Double(correct) / Double(max(1, count)) }
  }
  /// One line of the table of rounds.
  package struct Round: Sendable {
    package var name: String
    package var outOfFold: Score
    package var test: Score?
    /// Pseudo-labels taken of each class; empty for the labels alone.
    package var taken: [Int]
    /// The share of the unlabelled clips that this is.
    package var utilisation: Double
    /// Of the pseudo-labels whose truth is known, those that are right.
    package var precision: Score?
    package var classEntropy: Double
    /// The least confidence with which each class was taken, nil where it was not; empty for the labels alone.
    package var leastConfidence: [Double?]

    package init(
      name: String, outOfFold: Score, test: Score?, taken: [Int], utilisation: Double,
      precision: Score?, classEntropy: Double, leastConfidence: [Double?]
    ) {
      (self.name, self.outOfFold, self.test, self.taken) = (name, outOfFold, test, taken)
      (self.utilisation, self.precision) = (utilisation, precision)
      (self.classEntropy, self.leastConfidence) = (classEntropy, leastConfidence)
    }
  }
  /// How many clips of a class there are.
  package struct ClassCount: Sendable {
    package var name: String
    package var labelled: Int
    /// Unlabelled clips of which this class is the most probable.
    package var predicted: Int
    /// Those among them that are unlike any labelled class.
    package var outOfSet: Int
    package var test: Int

    package init(name: String, labelled: Int, predicted: Int, outOfSet: Int, test: Int) {
      (self.name, self.labelled, self.predicted) = (name, labelled, predicted)
      (self.outOfSet, self.test) = (outOfSet, test)
    }
  }
  package var title: String
  /// Whether self-training helped, in words.
  package var verdict: String
  package var facts: [(name: String, value: String)] = []
  package var rounds: [Round] = []
  /// The place of the round that is kept.
  package var chosen = 0
  package var classes: [ClassCount] = []
  /// Which clips a round learns from, in words.
  package var selection = ""
  package var reliability: [ReliabilityPlot] = []
  package var confusion: [ConfusionPlot] = []
  /// Clips with their pictures.
  package var clips: [ClipSheet.Section] = []
  package var settings: [(name: String, value: String)] = []
  /// Files that could not be used, with the reason.
  package var skipped: [(path: String, reason: String)] = []
  package var footer = ""

  package init(title: String, verdict: String) {
    (self.title, self.verdict) = (title, verdict)
  }

  /// The whole page.
  package func render() -> String {
    HTMLPage(
      title: title, style: ClipSheet.style + "\n" + Self.style,
      body: """
        <main>
        <h1>\(escaped(title))</h1>
        <p class="verdict">\(escaped(verdict))</p>
        \(HTMLReport.list(facts: facts))\(roundSection)\(classSection)\(plotSection)\
        \(clips.filter { !$0.items.isEmpty }.map(ClipSheet.render).joined())\
        \(HTMLReport.section(skipped: skipped))\(HTMLReport.section(settings: settings))
        </main>
        <footer>\(escaped(footer))</footer>
        """
    ).render()
  }

  // MARK: Rounds

  private var roundSection: String {
    let hasTest = rounds.contains { $0.test != nil }
    let hasPrecision = rounds.contains { $0.precision != nil }
    var head = ["Round", "Out of fold"]
    if hasTest { head.append("Test list") }
    head += ["Pseudo-labels", "Of the unlabelled"]
    if hasPrecision { head.append("Right of them") }
    head.append("Class entropy")
    let rows = rounds.enumerated().map { place, round -> String in
      var cells = [Self.text(round.outOfFold)]
      if hasTest { cells.append(Self.text(round.test)) }
      let taken = round.taken.reduce(0, +)
      cells.append(round.taken.isEmpty ? "" : "\(taken)")
      cells.append(round.taken.isEmpty ? "" : NumberText.percent(round.utilisation, 0))
      if hasPrecision { cells.append(Self.text(round.precision)) }
      cells.append(NumberText.fixed(round.classEntropy, 2))
      let kept = place == chosen
      let name = escaped(round.name) + (kept ? " <b>(kept)</b>" : "")
      return "<tr\(kept ? " class=\"kept\"" : "")><th>\(name)</th>"
        + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>\n"
    }
    return """
      <section>
      <h2>Rounds</h2>
      <div class="wide"><table><thead><tr>\(head.map { "<th>\($0)</th>" }.joined())</tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></div>
      <p class="key">Out of fold: labelled clips, each judged by fits that did not see it; where it was judged by \
      several the mean counts, and the number is rounded to whole clips. Carried on \
      to all labels, of which those fits knew a part, it is what is expected of new clips. In brackets 95 % intervals \
      (Wilson). Class entropy: how evenly the unlabelled clips fall to the classes; 1 is evenly.</p>
      </section>

      """
  }

  private static func text(_ score: Score?) -> String {
    guard let score, score.count > 0 else { return "" }
    let (low, high) = (score.interval.lowerBound, score.interval.upperBound)
    return "<b>\(NumberText.percent(score.share))</b> "
      + "[\(NumberText.fixed(100 * low, 0))–\(NumberText.fixed(100 * high, 0))] "
      + "<span class=\"of\">\(score.correct) of \(score.count)</span>"
  }

  // MARK: Classes

  private var classSection: String {
    guard !classes.isEmpty else { return "" }
    let later = rounds.filter { !$0.taken.isEmpty }
    let hasTest = classes.contains { $0.test > 0 }
    var head = ["Class", "Labelled"] + later.map { "Taken in \($0.name)" }
    head.append("Predicted of the unlabelled")
    let hasStrangers = classes.contains { $0.outOfSet > 0 }
    if hasStrangers { head.append("Among them unlike any labelled class") }
    if hasTest { head.append("In the test list") }
    let rows = classes.enumerated().map { place, name -> String in
      var cells = ["\(name.labelled)"]
      cells += later.map { round in
        let least =
          (round.leastConfidence.indices.contains(place) ? round.leastConfidence[place] : nil).map {
            " <span class=\"of\">down to \(NumberText.percent($0, 0))</span>"
          } ?? ""
        return "\(round.taken.indices.contains(place) ? round.taken[place] : 0)\(least)"
      }
      cells.append("\(name.predicted)")
      if hasStrangers { cells.append("\(name.outOfSet)") }
      if hasTest { cells.append("\(name.test)") }
      return "<tr><th>\(escaped(name.name))</th>"
        + cells.map { "<td class=\"number\">\($0)</td>" }.joined() + "</tr>\n"
    }
    return """
      <section>
      <h2>Classes</h2>
      <div class="wide"><table><thead><tr>\(head.map { "<th>\(escaped($0))</th>" }.joined())</tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></div>
      \(later.isEmpty || selection.isEmpty ? "" : key)
      </section>

      """
  }

  private var key: String {
    "<p class=\"key\">\(escaped(selection)) The percentage is the lowest confidence of those taken.</p>"
  }

  // MARK: Plots

  private var plotSection: String {
    let diagrams = reliability.map { plot in
      "<figure><figcaption><h3>\(escaped(plot.title))</h3><p>\(escaped(plot.caption))</p>"
        + "</figcaption>\(plot.render())</figure>\n"
    }
    let matrices = confusion.map { "<figure class=\"matrix\">\($0.render())</figure>\n" }
    guard !diagrams.isEmpty || !matrices.isEmpty else { return "" }
    return """
      <section>
      <h2>How far it can be trusted</h2>
      <p class="key">Out of fold every judgement counts by itself, so that shares here are those of the table above.</p>
      <div class="plots">
      \((diagrams + matrices).joined())</div>
      </section>

      """
  }

  private static let style = """
    .verdict { font-size: 1.1rem; max-width: 60rem; }
    tr.kept { background: color-mix(in srgb, var(--c0) 10%, transparent); }
    .of { color: var(--soft); font-size: .85em; }
    figure.matrix { align-items: center; }
    figure.matrix svg { max-width: 100%; width: auto; border-radius: 4px; }
    """
}
