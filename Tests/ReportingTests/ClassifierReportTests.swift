import Reporting
import Testing

@Suite struct ClassifierReportTests {
  private func report() -> ClassifierReport {
    var report = ClassifierReport(title: "Classifier: <b>", verdict: "It did not help & says so.")
    func score(_ correct: Int, _ count: Int) -> ClassifierReport.Score {
      ClassifierReport.Score(correct: correct, count: count, interval: 0.1...0.9)
    }
    report.rounds = [
      .init(
        name: "labels only", outOfFold: score(3, 4), test: score(7, 8), taken: [], utilisation: 0,
        precision: nil, classEntropy: 0.9, leastConfidence: []),
      .init(
        name: "round 1", outOfFold: score(2, 4), test: score(6, 8), taken: [5, 0], utilisation: 0.5,
        precision: score(4, 5), classEntropy: 0.8, leastConfidence: [0.75, nil]),
    ]
    report.selection = "However sure."
    report.classes = [
      .init(name: "a<i>", labelled: 2, predicted: 6, outOfSet: 2, test: 4),
      .init(name: "b", labelled: 2, predicted: 3, outOfSet: 0, test: 4),
    ]
    report.reliability = [
      ReliabilityPlot(
        title: "Confidence", caption: "4 clips",
        bins: [
          .init(count: 0, confidence: 0, accuracy: 0),
          .init(count: 4, confidence: 0.8, accuracy: 0.75),
        ])
    ]
    report.confusion = [
      ConfusionPlot(title: "test list", classes: ["a<i>", "b"], counts: [[3, 1], [0, 4]])
    ]
    report.clips = [
      .init("Surest", [.init(title: "x.mp4", detail: "a", score: 0.9)]), .init("None", []),
    ]
    report.skipped = [("bad & broken.mp4", "cut short")]
    return report
  }

  @Test func theLabelsAloneComeFirst() throws {
    let page = report().render()
    let first = try #require(page.range(of: "<th>labels only <b>(kept)</b>"))
    let second = try #require(page.range(of: "<th>round 1</th>"))
    #expect(first.lowerBound < second.lowerBound)
    #expect(page.contains("<b>75.0 %</b> [10–90] <span class=\"of\">3 of 4</span>"))
    #expect(
      page.contains("5 <span class=\"of\">down to 75 %</span>")
        && page.contains("<td class=\"number\">0</td>"))
    #expect(page.contains("However sure.") && !page.contains("<h2>None</h2>"))
  }

  @Test func textsAreEscapedAndNothingIsOutside() {
    let page = report().render()
    for text in ["Classifier: &lt;b&gt;", "help &amp; says", "a&lt;i&gt;", "bad &amp; broken.mp4"] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("<i>") && !page.contains("src=\"http") && !page.contains("href="))
    #expect(page.contains("4 of 80.0 % confidence: 75.0 % right"))
  }
}
