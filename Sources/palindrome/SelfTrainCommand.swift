import ClipData
import Evaluation
import Foundation
import SelfTraining
import Settings
import Storage
import Training

/// `palindrome selftrain FOLDER --model M --labels few.csv --out CLS`: a classifier from a handful of labels.
enum SelfTrainCommand: Command {
  static let name = "selftrain"
  static let summary = "make a classifier of a folder's clips from a handful of labels"

  static let syntax = ArgumentSyntax(
    command: "palindrome selftrain",
    summary: """
      Embeds every clip of the folder, in several views, and learns from the few that are labelled and from the many \
      that are not: first from the labels alone, then in rounds in which a student learns what its teacher says of the \
      clips of each class that it is surest of, more of them from round to round, down to well below its usual confidence. \
      The first line of the table is the labels alone; a round is kept only where held-out labels do not speak \
      against it, and the line below it says in words whether self-training helped. Accuracies are of labelled clips \
      that the fit did not see (out of fold) and of the clips of --test. Test clips count as unlabelled. CLS holds all \
      that predict needs, record.json, report.html, and predictions.csv: what predict says of every clip that the \
      classifier can judge, and the list that it is in (labels, test, or none); it appears once it is complete. \
      Embeddings are kept in --cache: stopped, the same command goes on. With --finetune the encoder is trained as well, \
      which is not kept on the way: stopped, it begins anew.
      """,
    positional: Positional("FOLDER", "Folder of videos and sounds; searched to the bottom."),
    groups: [
      SelfTrainOptions.output, ModelOptions.requiredGroup, SelfTrainOptions.learning,
      SelfTrainOptions.clips, DecodingOptions.group,
    ],
    examples: [
      "palindrome selftrain videos --model runs/first --labels few.csv --test test.csv --out classifier",
      "palindrome selftrain sounds --model pixels --modality audio --labels few.csv --out digits",
      "palindrome selftrain videos --model runs/first --labels few.csv --list-next 20 --out classifier",
      "palindrome selftrain videos --model runs/first --labels few.csv --finetune --out tuned",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    let console = invocation.console
    let folder = invocation.positionals[0]
    let lists = try LabelLists(
      labels: values[SelfTrainOptions.labels], test: values[SelfTrainOptions.test])
    let listing = try MediaListing(folder)
    guard !listing.files.isEmpty else {
      throw CommandFailure(
        .noInput, "\(folder): no videos or sounds in it; palindrome scan lists what there is")
    }
    try lists.check(against: Set(listing.files.map(\.relativePath)), folder: folder)
    let plan = try SelfTrainOptions.fineTuning(values)
    let embedder = try embedder(invocation)
    guard plan == nil || embedder.encoder.encoders != nil else {
      throw CommandFailure(
        .usage,
        "--finetune has no part in --model pixels, which has no encoder; leave one of them out")
    }
    let description = ModelOptions.description(invocation, embedder, folder: folder)
    let cache = values[SelfTrainOptions.cache] ?? beside(values[SelfTrainOptions.out])
    guard !(absolute(cache) + "/").hasPrefix(absolute(values[SelfTrainOptions.out]) + "/") else {
      throw CommandFailure(
        .usage,
        "\(cache): the cache would lie in --out, which appears whole or not at all; give another --cache"
      )
    }
    StopRequest.listen()
    lists.notes.forEach(console.note)
    // A place that cannot be written is found out before the work; until there is something to write nothing stands there.
    try StagedFolder(values[SelfTrainOptions.out]).discard()
    let embedded = try CachedEmbedding(embedder, description, listing, in: cache, console)
    let start = ContinuousClock.now
    let training = try FolderTraining(
      lists, embedded, embedder, listing, plan: plan, folder: description.folder, invocation)
    let out = try StagedFolder(values[SelfTrainOptions.out])
    StopRequest.leaves(out.draft)
    defer { StopRequest.leaves(nil) }
    do {
      try ClassifierFolder.write(
        training.result.classifier, description, tuned: training.tuning?.encoder, to: out.draft)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      try training.write(to: out)
      if ExitStatus.ofStop != nil { throw FolderTraining.stopped(invocation) }
      try out.publish()
      console.endProgress()
      SelfTrainReport(training: training, seconds: seconds, out: out.path).print(invocation)
    } catch {
      out.discard()
      console.endProgress()
      throw (error as? StorageError).map(out.named) ?? error
    }
    return .done
  }

  private static func embedder(_ invocation: Invocation) throws -> ClipEmbedder {
    let encoder = try ModelOptions.clipEncoder(invocation)
    var settings = try EmbedOptions.settings(invocation.values, encoder)
    settings.temporal = invocation.values[SelfTrainOptions.temporal]
    settings.views = invocation.values[SelfTrainOptions.views]
    settings.mirror = invocation.values[SelfTrainOptions.mirror]
    if settings.views == 1 {
      try invocation.values.refuse([SelfTrainOptions.mirror.option], in: "--views 1")
    }
    if settings.modality == .audio {
      try invocation.values.refuse(
        [SelfTrainOptions.mirror.option], in: "an embedding of sound alone")
      settings.temporal = false
    }
    return try ClipEmbedder(
      encoder: encoder, settings: settings, source: try invocation.decoding.source())
  }

  /// Where the embeddings are kept unless something else is said.
  private static func beside(_ out: String) -> String {
    Folder.parent(of: absolute(out)) + "/selftrain-cache"
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
