/// One curve of a plot.
package struct PlotSeries: Sendable {
  package var name: String
  /// With rising x. A y that is not finite (or beyond 1e30) leaves a gap.
  package var points: [(x: Double, y: Double)]

  package init(_ name: String, _ points: [(x: Double, y: Double)]) {
    self.name = name
    self.points = points
  }

  /// The values called `key` in the records of a run, over their steps.
  package init(_ name: String, _ records: [MetricsRecord], key: String) {
    self.name = name
    points = records.compactMap { record in
      record.values[key] == nil ? nil : (Double(record.step), record[key] ?? .nan)
    }
  }
}

/// A small line plot as inline SVG, in the colours of the surrounding style sheet.
package struct LinePlot: Sendable {
  package var title: String
  /// One or two sentences on what the curves show and how to read them.
  package var caption: String
  package var xLabel: String
  package var series: [PlotSeries]
  /// Level lines to compare with, such as chance.
  package var references: [(name: String, y: Double)]

  package init(
    title: String, caption: String = "", xLabel: String = "step", series: [PlotSeries],
    references: [(name: String, y: Double)] = []
  ) {
    self.title = title
    self.caption = caption
    self.xLabel = xLabel
    self.series = series
    self.references = references
  }

  /// Whether there is any point to draw.
  package var isEmpty: Bool { !series.contains { $0.points.contains { $0.y.isDrawable } } }

  private static let width = 560.0
  private static let height = 300.0
  private static let left = 56.0
  private static let right = 14.0
  private static let top = 12.0
  private static let bottom = 44.0

  /// The `svg` element; a plot without points says so.
  package func render() -> String {
    guard !isEmpty else { return "<p class=\"empty\">Nothing was recorded.</p>" }
    let curves = series.map { PlotSeries($0.name, Self.thinned($0.points)) }
    let points = curves.flatMap(\.points)
    let x = PlotAxis(points.map(\.x), whole: true)
    let y = PlotAxis(points.map(\.y) + references.map(\.y))
    func placeX(_ value: Double) -> Double {
      Self.left + x.place(value) * (Self.width - Self.left - Self.right)
    }
    func placeY(_ value: Double) -> Double {
      Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
    }
    func number(_ value: Double) -> String { NumberText.fixed(value, 1) }

    var out = "<svg viewBox=\"0 0 560 300\" role=\"img\" aria-label=\"\(escaped(title))\">"
    out += "<title>\(escaped(title))</title>"
    let (start, end) = (number(Self.left), number(Self.width - Self.right))
    for tick in y.ticks {
      let place = number(placeY(tick))
      out += "<line class=\"grid\" x1=\"\(start)\" x2=\"\(end)\" y1=\"\(place)\" y2=\"\(place)\"/>"
      out += "<text class=\"tick\" x=\"\(number(Self.left - 8))\" y=\"\(place)\" dy=\"4\" "
      out += "text-anchor=\"end\">\(y.label(tick))</text>"
    }
    for tick in x.ticks {
      out += "<text class=\"tick\" x=\"\(number(placeX(tick)))\" y=\"\(number(Self.height - 26))\" "
      out += "text-anchor=\"middle\">\(x.label(tick))</text>"
    }
    out += "<text class=\"axis\" x=\"\(number((Self.left + Self.width - Self.right) / 2))\" "
    out += "y=\"\(number(Self.height - 6))\" text-anchor=\"middle\">\(escaped(xLabel))</text>"
    for reference in references where reference.y.isDrawable {
      let place = number(placeY(reference.y))
      out +=
        "<line class=\"reference\" x1=\"\(start)\" x2=\"\(end)\" y1=\"\(place)\" "
      out += "y2=\"\(place)\"><title>\(escaped(reference.name))</title></line>"
    }
    for (index, curve) in curves.enumerated() {
      let colour = "c\(index % 8)"
      for run in Self.runs(curve.points) {
        if run.count == 1, let point = run.first {
          out += "<circle class=\"\(colour)\" cx=\"\(number(placeX(point.x)))\" "
          out += "cy=\"\(number(placeY(point.y)))\" r=\"2.5\"/>"
          continue
        }
        let path = run.map { "\(number(placeX($0.x))),\(number(placeY($0.y)))" }
        out += "<polyline class=\"\(colour)\" points=\"\(path.joined(separator: " "))\">"
        out += "<title>\(escaped(curve.name))</title></polyline>"
      }
    }
    return out + "</svg>"
  }

  /// What the curves and level lines are, with the last number of each.
  package func legend() -> String {
    var out = "<ul class=\"legend\">"
    for (index, curve) in series.enumerated() {
      let last = curve.points.last { $0.y.isDrawable }.map { NumberText.short($0.y) } ?? "none"
      out += "<li><i class=\"c\(index % 8)\"></i>\(escaped(curve.name)) <b>\(last)</b></li>"
    }
    for reference in references {
      out += "<li><i class=\"dashed\"></i>\(escaped(reference.name)) "
      out += "<b>\(NumberText.short(reference.y))</b></li>"
    }
    return out + "</ul>"
  }

  /// At most 400 points: the means over equal stretches, a gap where nothing in a stretch is
  /// drawable.
  static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let most = 400
    guard points.count > most else { return points }
    return (0..<most).map { index in
      let part = points[index * points.count / most..<(index + 1) * points.count / most]
      let drawn = part.map(\.y).filter(\.isDrawable)
      let mean = drawn.isEmpty ? .nan : drawn.reduce(0, +) / Double(drawn.count)
      return (part.map(\.x).reduce(0, +) / Double(part.count), mean)
    }
  }

  /// The stretches of points without gaps.
  private static func runs(_ points: [(x: Double, y: Double)]) -> [[(x: Double, y: Double)]] {
    points.split { !($0.y.isDrawable && $0.x.isDrawable) }.map(Array.init)
  }
}
