import Evaluation
import Reporting
import SelfTraining
import Settings
import Storage

/// `report.html` of a classifier.
struct SelfTrainPage {
  let training: FolderTraining
  let pictures: ClipPictures

  /// Clips shown of the surest and of the most doubtful.
  private static let shown = 12

  private var record: SelfTrainingRecord { training.record }
  private var classes: [String] { training.lists.classes }

  func page(_ name: String) -> ClassifierReport {
    var page = ClassifierReport(title: "Classifier: \(name)", verdict: record.verdict)
    page.facts = [
      ("classes", "\(classes.count)"), ("labelled clips", "\(training.labels.count)"),
      ("unlabelled clips", "\(training.unlabelled)"),
      ("test clips", training.test.isEmpty ? "none" : "\(training.test.count)"),
      ("method", record.method),
    ]
    if let expected = record.rounds[record.chosen].expected {
      page.facts.append(
        ("expected of new clips", SelfTrainReport.text(expected.accuracy, expected.interval)))
    }
    if let cost = training.tuning?.cost { page.facts.append(("fine-tuning", cost)) }
    page.rounds = record.rounds.map(round)
    page.chosen = record.chosen
    page.classes = counts()
    page.selection = selection
    let judgements =
      "\(training.outOfFold.count) judgements of \(counted(training.labels.count, "labelled clip"))"
    judge("labelled clips, out of fold", judgements, training.outOfFold, &page)
    judge("test list", counted(training.test.count, "clip"), training.tested, &page)
    page.clips = clips()
    page.settings = SelfTrainSettings(training).rows
    page.skipped = training.untold
    page.footer = "palindrome \(Palindrome.version)"
    return page
  }

  private func score(_ score: SelfTrainingRecord.Score) -> ClassifierReport.Score {
    ClassifierReport.Score(correct: score.correct, count: score.count, interval: score.interval)
  }

  private func round(_ round: SelfTrainingRecord.Round) -> ClassifierReport.Round {
    ClassifierReport.Round(
      name: round.name, outOfFold: score(round.outOfFold), test: round.test.map(score),
      taken: round.taken, utilisation: round.utilisation,
      precision: round.pseudoPrecision.map(score), classEntropy: round.classEntropy,
      leastConfidence: round.leastConfidence)
  }

  /// Which clips a round learns from, in words.
  private var selection: String {
    switch training.settings.method {
    case .noisyStudent, .pseudo:
      "Of each class those are taken that the round before was surest of, as many as a share that grows from round to "
        + "round, down to well below its usual confidence, where pictures or sound alone do not speak for another class."
    case .fixmatch:
      "Taken are clips of which the heads are surer than of the others, the more so the more often their class is told."
    case .meanTeacher: "All clips are taken."
    }
  }

  private func counts() -> [ClassifierReport.ClassCount] {
    let labelled = Set(training.labels.map(\.row))
    let predictions = training.told.filter { !labelled.contains($0) }.map {
      training.result.predictions[$0]
    }
    return classes.enumerated().map { place, name in
      ClassifierReport.ClassCount(
        name: name, labelled: training.labels.count { $0.label == place },
        predicted: predictions.count { $0.label == place },
        outOfSet: predictions.count { $0.label == place && $0.isOutOfSet },
        test: training.test.count { $0.label == place })
    }
  }

  private func judge(
    _ name: String, _ count: String, _ clips: [(prediction: ClipPrediction, truth: Int)],
    _ page: inout ClassifierReport
  ) {
    guard !clips.isEmpty else { return }
    let reliability = Reliability(clips)
    page.reliability.append(
      ReliabilityPlot(
        title: "Confidence: \(name)",
        caption:
          "\(count); expected calibration error \(reliability.error.decimals(3)). Bars on the dashed line: "
          + "confidences can be taken at their word. The number above a bar is how many it is of.",
        bins: reliability.bins.map {
          .init(count: $0.count, confidence: $0.confidence, accuracy: $0.accuracy)
        }))
    var matrix = ConfusionMatrix(classes: classes)
    for (prediction, truth) in clips { matrix.add(truth: truth, predicted: prediction.label) }
    page.confusion.append(
      ConfusionPlot(title: name, classes: classes, counts: matrix.counts))
  }

  // MARK: Clips

  private func clips() -> [ClipSheet.Section] {
    let predictions = training.result.predictions
    let labelled = Set(training.labels.map(\.row))
    let distances = training.result.distances
    let rows = training.told.filter { !labelled.contains($0) }
    let inside = rows.filter { !predictions[$0].isOutOfSet }
      .sorted { (-predictions[$0].confidence, $0) < (-predictions[$1].confidence, $1) }
    let outside = rows.filter { predictions[$0].isOutOfSet }
      .sorted { (-distances[$0], $0) < (-distances[$1], $1) }
    let surest = Array(inside.prefix(Self.shown))
    let doubtful = inside.dropFirst(surest.count).suffix(Self.shown).reversed()
    func share(_ row: Int, _ place: Int) -> String {
      "\(classes[place]) \(NumberText.percent(predictions[row].probabilities[place], 0))"
    }
    func section(
      _ heading: String, _ rows: some Sequence<Int>, score: (Int) -> Double
    ) -> ClipSheet.Section {
      let items = pictures.items(Array(rows)) { row in
        share(row, predictions[row].label) + ", then " + share(row, predictions[row].runnerUp)
      } score: {
        score($0)
      }
      return ClipSheet.Section(heading, items)
    }
    let others = outside.isEmpty ? "" : "; clips unlike any labelled class stand below"
    return [
      section("Surest of the unlabelled clips\(others)", surest) { predictions[$0].confidence },
      section("Most doubtful of the unlabelled clips\(others)", doubtful) {
        predictions[$0].confidence
      },
      section(
        "Unlike any labelled class, the farthest from all labelled clips first (in bold how far; beyond 1 is unlike)",
        outside.prefix(Self.shown)
      ) { distances[$0] },
    ]
  }
}
