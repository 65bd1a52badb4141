/// A confusion matrix as SVG: a row a true class, shaded by the share of the class that was taken for each.
package struct ConfusionPlot: Sendable {
  package var title: String
  package var classes: [String]
  /// [true class][predicted class]
  package var counts: [[Int]]

  package init(title: String, classes: [String], counts: [[Int]]) {
    self.title = title
    self.classes = classes
    self.counts = counts
  }

  private static let cell = 44.0
  private static let top = 52.0

  /// A file of its own.
  package func document() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + render() + "\n"
  }

  /// The `svg` element. It has its own colours, so that it looks the same within a page and alone.
  package func render() -> String {
    let longest = classes.map(\.count).max() ?? 0
    let left = 24 + 7 * Double(min(24, max(4, longest)))
    let side = Self.cell * Double(classes.count)
    let key = "true classes down, predicted across, % of the true class"
    // Names stand at 60 degrees below.
    let (width, height) = (
      max(left + side, 8 + 6.5 * Double(max(title.count, key.count))) + 12,
      Self.top + side + 16 + 0.87 * left
    )
    func number(_ value: Double) -> String { NumberText.fixed(value, 1) }
    var out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(width)) \(number(height))\" "
    out += "width=\"\(number(width))\" height=\"\(number(height))\" role=\"img\" "
    out += "font-family=\"system-ui, sans-serif\" font-size=\"12\">"
    out += "<title>\(escaped(title))</title>"
    out += "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
    for (line, text) in [title, key].enumerated() {
      out += "<text x=\"8\" y=\"\(18 + 18 * line)\" fill=\"#1d2125\">\(escaped(text))</text>"
    }
    for (row, name) in classes.enumerated() {
      let y = Self.top + Self.cell * (Double(row) + 0.5)
      out += "<text x=\"\(number(left - 8))\" y=\"\(number(y + 4))\" text-anchor=\"end\" "
      out += "fill=\"#1d2125\">\(escaped(name.prefix(24)))</text>"
      let x = left + Self.cell * (Double(row) + 0.5)
      let foot = Self.top + side + 10
      out += "<text transform=\"translate(\(number(x + 4)),\(number(foot))) rotate(-60)\" "
      out += "text-anchor=\"end\" fill=\"#1d2125\">\(escaped(name.prefix(24)))</text>"
      let sum = Double(max(1, counts[row].reduce(0, +)))
      for (column, count) in counts[row].enumerated() {
        let share = Double(count) / sum
        let place = left + Self.cell * Double(column)
        out += "<rect x=\"\(number(place))\" y=\"\(number(Self.top + Self.cell * Double(row)))\" "
        out += "width=\"\(number(Self.cell))\" height=\"\(number(Self.cell))\" "
        out += "fill=\"\(Self.colour(share))\" stroke=\"#ffffff\">"
        out +=
          "<title>\(escaped(name)) taken for \(escaped(classes[column])): \(count)</title></rect>"
        guard count > 0 else { continue }
        out += "<text x=\"\(number(place + Self.cell / 2))\" y=\"\(number(y + 4))\" "
        out += "text-anchor=\"middle\" fill=\"\(share > 0.55 ? "#ffffff" : "#1d2125")\">"
        out += "\(NumberText.fixed(100 * share, 0))</text>"
      }
    }
    return out + "</svg>"
  }

  /// From white to the blue of the reports.
  private static func colour(_ share: Double) -> String {
    func channel(_ full: Double) -> Int { Int((245 + (full - 245) * share).rounded()) }
    return "rgb(\(channel(0)),\(channel(114)),\(channel(178)))"
  }
}
