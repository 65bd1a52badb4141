import ClipData
import Evaluation
import SelfTraining
import Settings
import Storage
import Training

/// A self-training on the clips of a folder, and what is written of it besides the classifier.
struct FolderTraining {
  let lists: LabelLists
  let embedded: CachedEmbedding
  let folder: String
  let views: ViewSet
  let labels: [LabelledClip]
  let test: [LabelledClip]
  let result: SelfTrainingResult
  let next: [NextClip]
  /// The rows of the clips of which the classifier says something.
  let told: [Int]
  /// Files of which it says nothing, with the reason: they could not be embedded, or have nothing that it judges by.
  let untold: [(path: String, reason: String)]
  let settings: SelfTrainingSettings
  /// Fine-tuning; nil where it was not asked for.
  let tuning: FolderTuning?
  private let invocation: Invocation

  var record: SelfTrainingRecord { result.record }
  var unlabelled: Int { views.clips - labels.count }

  /// Learns, and with `plan` fine-tunes the encoder that `embedder` has; throws where a signal asked to stop.
  init(
    _ lists: LabelLists, _ embedded: CachedEmbedding, _ embedder: ClipEmbedder,
    _ listing: MediaListing, plan: FineTuningPlan?, folder: String, _ invocation: Invocation
  ) throws {
    let console = invocation.console
    (self.lists, self.embedded, self.folder, self.invocation) = (
      lists, embedded, folder, invocation
    )
    views = try ViewSet(embedded.set)
    (labels, test) = try lists.clips(
      in: views,
      failures: Dictionary(
        embedded.failures.map { ($0.path, $0.reason) }, uniquingKeysWith: { first, _ in first }))
    settings = SelfTrainOptions.settings(invocation)
    let found = SelfTraining(settings).run(
      views, labels: labels, classes: lists.classes, test: test,
      progress: { done, all in console.progress("selftrain: \(done) of \(all)") },
      shouldStop: { ExitStatus.ofStop != nil })
    console.endProgress()
    guard let found else { throw Self.stopped(invocation) }
    if let plan {
      let task = FineTuning(
        found, views, labels: labels, test: test, settings: settings, plan: plan,
        embedder: embedder, listing: listing.files)
      tuning = try FolderTuning(task, plan, invocation)
    } else {
      tuning = nil
    }
    result = tuning?.result ?? found
    let (all, perception) = (views, result.classifier.perception)
    // Test clips count in the score, whatever they have, and so stand in the table.
    let tests = Set(test.map(\.row))
    let isTold = all.paths.indices.map {
      perception.reaches(video: all.hasVideo[$0], audio: all.hasAudio[$0]) || tests.contains($0)
    }
    told = all.paths.indices.filter { isTold[$0] }
    untold =
      embedded.failures
      + all.paths.indices.filter { !isTold[$0] }.map {
        (path: all.paths[$0], reason: perception.obstacle)
      }
    next = result.listNext(invocation.values[SelfTrainOptions.listNext])
  }

  static func stopped(_ invocation: Invocation) -> CommandFailure {
    CommandFailure(
      .ofStop ?? .terminated,
      "\(invocation.values[SelfTrainOptions.out]): stopped, nothing of it is kept but the embeddings; run the "
        + "command again")
  }

  /// How many of the clips are unlike any labelled class.
  var outOfSet: Int { told.count { result.predictions[$0].isOutOfSet } }

  /// What was said of the labelled clips by fits that did not see them, beside the truth.
  var outOfFold: [(prediction: ClipPrediction, truth: Int)] {
    result.outOfFold.map { ($0.prediction, labels[$0.clip].label) }
  }
  /// What is said of the test clips, beside the truth.
  var tested: [(prediction: ClipPrediction, truth: Int)] {
    test.map { (result.predictions[$0.row], $0.label) }
  }

  /// Writes `record.json`, `predictions.csv`, `report.html` and, where clips are to be named, `next.csv` and
  /// `next.html`.
  func write(to out: StagedFolder) throws {
    try AtomicFile.write(
      JSONValue.object(summary).text(indented: true) + "\n", to: out.draft + "/record.json")
    let table = PredictionTable(classes: lists.classes, namesLists: true)
    let listed = Dictionary(
      labels.map { ($0.row, "labels") } + test.map { ($0.row, "test") },
      uniquingKeysWith: { first, _ in first })
    try AtomicFile.stream(to: out.draft + "/predictions.csv") { sink throws(StorageError) in
      try sink.write(table.header)
      for row in told {
        try sink.write(table.line(views.paths[row], result.predictions[row], list: listed[row]))
      }
    }
    let pictures = try ClipPictures(self, invocation)
    if !next.isEmpty {
      let sheet = NextSheet(training: self, pictures: pictures)
      try AtomicFile.write(sheet.table, to: out.draft + "/next.csv")
      try AtomicFile.write(sheet.page(of: out.path).render(), to: out.draft + "/next.html")
    }
    try AtomicFile.write(
      SelfTrainPage(training: self, pictures: pictures).page(Folder.lastName(of: out.path))
        .render(),
      to: out.draft + "/report.html")
  }
}
