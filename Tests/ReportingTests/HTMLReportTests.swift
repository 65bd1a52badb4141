import Foundation
import Reporting
import Settings
import Testing

@Suite struct HTMLReportTests {
  /// A run as the trainer would report it; names hold what could break a page.
  static let sample: HTMLReport = {
    let records = (1...1500).map { step -> MetricsRecord in
      let t = Double(step)
      let wobble = sin(t * 1.7) * 0.15 + sin(t * 0.31) * 0.1
      return MetricsRecord(
        step: step,
        values: JSONObject([
          ("loss", .number(7 * exp(-t / 500) + 3 + wobble)),
          ("walk", .number(3 * exp(-t / 400) + 1 + wobble)),
          ("av", .number(2 * exp(-t / 700) + 1 + wobble)),
          ("spread", step % 50 == 0 ? .number(0.06 + 0.02 * t / 1500) : .null),
        ]))
    }
    var report = HTMLReport(
      title: "Pretraining on <clips> & \"more\"", status: "Finished after 1500 steps in 9:58.")
    report.warnings = ["The temporal features may be collapsing: 'spread' is 12 % of 1/√d."]
    report.facts = [
      ("Steps", "1500"), ("Time", "9:58"), ("Clips a second", "14.2"), ("Data wait", "3 %"),
      ("Peak memory", "1.2 GB"),
    ]
    report.heldOutNote = "12 videos (10 %), chosen by the hash of their path."
    report.heldOut = [
      HeldOutScore("Cycle accuracy, walk of 2", trained: 0.812, untrained: 0.31, chance: 1.0 / 49),
      HeldOutScore("Correspondence", trained: 0.74, untrained: 0.52, chance: 0.5),
      HeldOutScore("Temporal retrieval@1", trained: 0.61, untrained: 0.4, chance: 0.08),
      HeldOutScore("Effective rank", unit: .number, trained: 41.52, untrained: 6.2),
      HeldOutScore("Undefined", trained: .nan, chance: .infinity),
    ]
    report.plots = [
      LinePlot(
        title: "Losses", caption: "Weighted sum and its parts.",
        series: ["loss", "walk", "av"].map { PlotSeries($0, records, key: $0) }),
      LinePlot(
        title: "Feature spread", caption: "Standard deviation of the unit features.",
        series: [
          PlotSeries("spread", records.filter { $0["spread"] != nil }, key: "spread")
        ], references: [("1/√d", 0.0884)]),
      LinePlot(title: "Data wait", series: [PlotSeries("share", records, key: "absent")]),
    ]
    report.skipped = [("a<script>alert(1)</script>.mp4", "no video stream\u{1B}[31m")]
    report.settings = [("--seed", "0"), ("--objectives", "walk=1,av=0.5,temporal=0.5")]
    report.footer = "palindrome"
    return report
  }()

  @Test func theReportHoldsEverythingAndRefersToNothing() throws {
    let page = Self.sample.render()
    for text in [
      "Finished after 1500 steps", "81.2 %", "31.0 %", "2.0 %", "41.52", "undefined", "–",
      "Feature spread", "1/√d", "Nothing was recorded.", "walk=1,av=0.5,temporal=0.5",
      "prefers-color-scheme: dark", "1 left out", "no video stream",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    for reference in ["http", "src=", "href=", "url(", "@import", "<script"] {
      #expect(!page.contains(reference), "\(reference)")
    }
  }

  @Test func everyTextIsEscaped() {
    let evil = "<script>\"'&\u{1B}\u{0}"
    var report = HTMLReport(title: evil, status: evil)
    report.warnings = [evil]
    report.facts = [(evil, evil)]
    report.heldOut = [HeldOutScore(evil, trained: 0)]
    report.heldOutNote = evil
    report.plots = [
      LinePlot(
        title: evil, caption: evil, xLabel: evil, series: [PlotSeries(evil, [(0, 1), (1, 2)])],
        references: [(evil, 1)])
    ]
    report.settings = [(evil, evil)]
    report.skipped = [(evil, evil)]
    report.footer = evil
    let page = report.render()
    #expect(!page.contains("<script"))
    #expect(!page.contains("\u{1B}"))
    #expect(!page.contains("\u{0}"))
    let times =
      page.components(separatedBy: "&lt;script&gt;&quot;&#39;&amp;\u{FFFD}\u{FFFD}").count - 1
    #expect(times == 22)
  }

  // An XML parser is stricter than a browser: what it takes is well nested and closed.
  @Test func theBodyIsWellFormed() throws {
    for report in [Self.sample, HTMLReport(title: "", status: "")] {
      let page = report.render()
      let start = try #require(page.range(of: "<main>"))
      let end = try #require(page.range(of: "</main>"))
      var depth: [String] = []
      var rest = page[start.lowerBound..<end.upperBound]
      while let open = rest.firstIndex(of: "<") {
        rest = rest[rest.index(after: open)...]
        let close = try #require(rest.firstIndex(of: ">"))
        let tag = rest[..<close]
        let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
        if tag.first == "/" {
          #expect(depth.popLast() == name)
        } else if tag.last != "/" {
          depth.append(name)
        }
      }
      #expect(depth.isEmpty)
    }
  }

  @Test(arguments: [
    [], [0], [5, 5, 5], [.nan], [1, .nan, 2], [1e308, -1e308, 1], [5e-324, 0], [1e30, -1e30],
    [1e30, 1e30 * 1.000001], [.infinity, 3], [-2.5e-7, 3e-7], [1e-40, 2e-40],
  ])
  func oddCurvesAreDrawn(values: [Double]) {
    let points = values.enumerated().map { (x: Double($0.offset), y: $0.element) }
    let plot = LinePlot(title: "t", series: [PlotSeries("a", points)], references: [("r", .nan)])
    let svg = plot.render() + plot.legend()
    #expect(!svg.contains("nan\"") && !svg.contains("inf"))
  }

  @Test func longCurvesAreThinnedAndKeepTheirGaps() {
    let points = (0..<10_000).map { (x: Double($0), y: (4000..<6000).contains($0) ? .nan : 1.0) }
    let svg = LinePlot(title: "t", series: [PlotSeries("a", points)]).render()
    #expect(svg.components(separatedBy: "<polyline").count - 1 == 2)
    #expect(svg.utf8.count < 20_000)
  }

  /// Writes the sample report where the environment asks for it, for looking at.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["PALINDROME_REPORT"] != nil))
  func writesTheSampleForLookingAt() throws {
    let path = try #require(ProcessInfo.processInfo.environment["PALINDROME_REPORT"])
    try Self.sample.render().write(toFile: path, atomically: true, encoding: .utf8)
  }
}
