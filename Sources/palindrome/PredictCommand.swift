import ClipData
import Evaluation
import SelfTraining
import Settings
import Storage
import Training

/// `palindrome predict FOLDER --classifier CLS --out P.csv`: labels with calibrated confidence.
enum PredictCommand: Command {
  static let name = "predict"
  static let summary = "label the clips of a folder, or stretches of them, with a classifier"

  static let syntax = ArgumentSyntax(
    command: "palindrome predict",
    summary: """
      Writes a line a file: path, label, confidence (calibrated: of clips of 0.8 about 80 % are right), runner_up and its \
      confidence, out_of_set (1 where the clip is unlike all that was labelled), strangeness (the share of labelled \
      clips that are less unlike), and the probability of each class. With --per-window a line a segment. P.csv is \
      complete or absent; stopped, the same command goes on.
      """,
    positional: Positional("FOLDER", "Folder of videos and sounds, or one file."),
    groups: [PredictOptions.output, PredictOptions.clips, DecodingOptions.group],
    examples: [
      "palindrome predict videos --classifier classifier --out labels.csv",
      "palindrome predict night.mp4 --classifier classifier --per-window --stride 0.5 --out night.csv",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let console = invocation.console
    let folder = invocation.positionals[0]
    let out = values[PredictOptions.out]
    try NewFile.checkName(out)
    let failed = stem(out) + ".failed.csv"
    // A list that was written before a stop kept P.csv from being written may be replaced.
    for path in [out, failed]
    where Folder.hasEntry(path) && (path == out || !CSVTable.begins(path, with: listHeader)) {
      throw StorageError.cannotCreate(
        path: path, reason: "is there already; remove it or choose another --out")
    }
    let made = try ClassifierFolder(values[PredictOptions.classifier])
    let encoder = try ModelOptions.clipEncoder(made.description.model, of: made.description)
    try made.check(encoder)
    let settings = try PredictOptions.settings(values, made.description.settings)
    let embedder = try ClipEmbedder(
      encoder: encoder, settings: settings, source: try invocation.decoding.source())
    guard embedder.videoDimensions == made.description.videoDimensions,
      embedder.audioDimensions == made.description.audioDimensions
    else {
      throw CommandFailure(
        .badData,
        "\(values[PredictOptions.classifier]): is not of the model that it names, \(made.description.model); train it again"
      )
    }
    let listing = try MediaListing(folder)
    guard !listing.files.isEmpty else {
      throw CommandFailure(
        .noInput, "\(folder): no videos or sounds in it; palindrome scan lists what there is")
    }
    var description = made.description
    description.settings = settings
    description.folder = Folder.exists(folder) ? folder : Folder.parent(of: folder)
    (description.rows, description.files, description.failed) = (0, 0, 0)
    description.listing = nil
    StopRequest.listen()
    try Folder.create(Folder.parent(of: out))
    let own = stem(out) + ".predict-partial"
    let cache = values[PredictOptions.cache] ?? own
    let embedded: CachedEmbedding
    do {
      embedded = try CachedEmbedding(
        embedder, description, listing, in: cache, listed: failed, console)
    } catch {
      // Where nothing was kept there is nothing to go on with.
      if Folder.names(in: own).isEmpty { try? Folder.remove(own) }
      throw error
    }
    let start = ContinuousClock.now
    var run = try PredictionRun(made.classifier, embedded.set)
    let said = reasons(run, embedded)
    let list =
      CSVTable.line(listHeader)
      + said.failures.map { CSVTable.line([$0.path, $0.reason]) }.joined()
      + said.parts.map { CSVTable.line([$0.path, "in part: " + $0.reason]) }.joined()
    if let (path, reason) = said.unreached.first {
      guard said.failures.count < listing.files.count else {
        if listing.files.count > 1 { try AtomicFile.write(list, to: failed) }
        if values[PredictOptions.cache] == nil { try Folder.remove(own) }
        throw CommandFailure(
          .badData,
          listing.files.count == 1
            ? "\(listing.files[0].path): \(reason); give another file"
            : "\(folder): nothing can be said of its \(listing.files.count) files, \(path) since it \(reason); \(failed) has the reasons, give others"
        )
      }
      console.note(
        "nothing is said of \(counted(said.unreached.count, "file")), \(path.printable): \(reason)"
          + (said.unreached.count > 1 ? "; \(failed) has the others" : ""))
    }
    try AtomicFile.write(list, to: failed)
    // Last: where P.csv is, all of it is.
    try run.write(to: out) { done, all in
      console.progress("predict: \(done) of \(counted(all, "row"))")
    }
    if values[PredictOptions.cache] == nil { try Folder.remove(own) }
    console.endProgress()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    report(run, failed: said.failures.count, seconds, invocation)
    return .done
  }

  private typealias Reasons = [(path: String, reason: String)]

  /// The files of which nothing is said, those among them that the classifier cannot judge, and those that are judged
  /// in part.
  private static func reasons(
    _ run: PredictionRun, _ embedded: CachedEmbedding
  ) -> (failures: Reasons, unreached: Reasons, parts: Reasons) {
    let damage = Dictionary(
      embedded.parts.map { ($0.path, $0.reason) }, uniquingKeysWith: { first, _ in first })
    let unreached = run.unreached.filter(\.isWhole).map { file in
      (path: file.path, reason: file.reason + (damage[file.path].map { " (\($0))" } ?? ""))
    }
    let names = Set(unreached.map(\.path))
    let parts =
      embedded.parts.filter { !names.contains($0.path) }
      + run.unreached.filter { !$0.isWhole }.map { (path: $0.path, reason: $0.reason) }
    return (embedded.failures + unreached, unreached, parts)
  }

  private static let listHeader = ["path", "reason"]

  /// `P.csv` -> `P`.
  private static func stem(_ out: String) -> String {
    out.hasSuffix(".csv") && Folder.lastName(of: out).count > 4 ? String(out.dropLast(4)) : out
  }

  private static func report(
    _ run: PredictionRun, failed: Int, _ seconds: Double, _ invocation: Invocation
  ) {
    let out = invocation.values[PredictOptions.out]
    let classes = run.classifier.classes
    if invocation.wantsJSON {
      let counts = zip(classes, run.labels).map { ($0, JSONValue.integer($1)) }
      let result: JSONValue = [
        "out": .string(out), "files": .integer(run.files),
        "rows": .integer(run.rows), "failed": .integer(failed),
        "labels": .object(JSONObject(counts)), "out_of_set": .integer(run.outOfSet),
        "mean_confidence": .number(run.meanConfidence), "seconds": .number(seconds),
      ]
      return invocation.console.result(result.text())
    }
    let words = zip(classes, run.labels).filter { $1 > 0 }.map { "\($0) \($1)" }
    invocation.console.result(words.joined(separator: ", "))
    invocation.console.result(
      "\(out): \(counted(run.rows, run.isSegmented ? "segment" : "clip")) of \(counted(run.files, "file")), mean confidence "
        + "\((100 * run.meanConfidence).decimals(0)) %, \(run.outOfSet) unlike any labelled class")
  }
}
