/// A reliability diagram as inline SVG: what share of the clips of a confidence is right, beside the diagonal on which
/// it should lie (Guo, Pleiss, Sun, Weinberger, ICML 2017).
package struct ReliabilityPlot: Sendable {
  /// Clips of a confidence: how many, and the means of their confidence and of their being right.
  package struct Bin: Sendable {
    package var count: Int
    package var confidence: Double
    package var accuracy: Double

    package init(count: Int, confidence: Double, accuracy: Double) {
      (self.count, self.confidence, self.accuracy) = (count, confidence, accuracy)
    }
  }
  package var title: String
  /// One or two sentences on what was judged.
  package var caption: String
  /// Of equal width, from 0 to 1.
  package var bins: [Bin]

  package init(title: String, caption: String, bins: [Bin]) {
    (self.title, self.caption, self.bins) = (title, caption, bins)
  }

  private static let side = 300.0
  private static let left = 52.0
  private static let top = 26.0
  private static let bottom = 44.0

  /// The `svg` element, in the colours of the surrounding style sheet.
  package func render() -> String {
    func number(_ value: Double) -> String { NumberText.fixed(value, 1) }
    func x(_ share: Double) -> String { number(Self.left + share * Self.side) }
    func y(_ share: Double) -> String { number(Self.top + (1 - share) * Self.side) }
    let (width, height) = (Self.left + Self.side + 14, Self.top + Self.side + Self.bottom)
    var out =
      "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" role=\"img\" "
      + "aria-label=\"\(escaped(title))\"><title>\(escaped(title))</title>"
    for tick in stride(from: 0.0, through: 1.01, by: 0.25) {
      let text = NumberText.fixed(100 * tick, 0)
      out +=
        "<line class=\"grid\" x1=\"\(x(0))\" x2=\"\(x(1))\" y1=\"\(y(tick))\" y2=\"\(y(tick))\"/>"
      out += "<text class=\"tick\" x=\"\(number(Self.left - 8))\" y=\"\(y(tick))\" dy=\"4\" "
      out += "text-anchor=\"end\">\(text)</text>"
      out += "<text class=\"tick\" x=\"\(x(tick))\" y=\"\(number(height - 26))\" "
      out += "text-anchor=\"middle\">\(text)</text>"
    }
    let most = Double(max(1, bins.map(\.count).max() ?? 1))
    for (place, bin) in bins.enumerated() where bin.count > 0 {
      let (from, to) = (
        Double(place) / Double(bins.count), Double(place + 1) / Double(bins.count)
      )
      let words =
        "\(bin.count) of \(NumberText.percent(bin.confidence)) confidence: "
        + "\(NumberText.percent(bin.accuracy)) right"
      out +=
        "<rect class=\"c0\" opacity=\"\(NumberText.fixed(0.25 + 0.65 * Double(bin.count) / most, 2))\" "
      out += "x=\"\(x(from + 0.004))\" width=\"\(number((to - from - 0.008) * Self.side))\" "
      out += "y=\"\(y(bin.accuracy))\" height=\"\(number(bin.accuracy * Self.side))\">"
      out += "<title>\(words)</title></rect>"
      out += "<text class=\"tick\" x=\"\(x((from + to) / 2))\" y=\"\(number(Self.top - 8))\" "
      out += "text-anchor=\"middle\">\(bin.count)</text>"
      out +=
        "<circle class=\"c1\" cx=\"\(x(bin.confidence))\" cy=\"\(y(bin.accuracy))\" r=\"3.5\"/>"
    }
    out += "<line class=\"reference\" x1=\"\(x(0))\" x2=\"\(x(1))\" y1=\"\(y(0))\" y2=\"\(y(1))\"/>"
    out += "<text class=\"axis\" x=\"\(x(0.5))\" y=\"\(number(height - 6))\" "
    out += "text-anchor=\"middle\">confidence, %</text>"
    out += "<text class=\"axis\" transform=\"translate(14,\(y(0.5))) rotate(-90)\" "
    out += "text-anchor=\"middle\">right, %</text>"
    return out + "</svg>"
  }
}
