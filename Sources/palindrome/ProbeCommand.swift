import ClipData
import Evaluation
import Foundation
import Reporting
import Settings
import Storage
import Synchronization
import TensorCore
import Training

/// `palindrome probe --embeddings E.npy --labels L.csv`: how good are the vectors?
enum ProbeCommand: Command {
  static let name = "probe"
  static let summary = "judge embeddings by what a linear classifier and neighbours make of labels"

  static let syntax = ArgumentSyntax(
    command: "palindrome probe",
    summary: """
      Repeated stratified cross-validation of a logistic regression and of the k nearest neighbours (cosine) on \
      standardised vectors; the penalty and k are chosen within each training part. Accuracies come with their 95 % \
      interval by the corrected resampled t-test (Nadeau, Bengio 2003), beside what guessing the most frequent class \
      gives. --features judges baselines and other models on the same folds, and says how far the first one is \
      above them. A file with several rows counts by their mean. Rows without a label are left out.
      """,
    groups: [
      ProbeOptions.group, ProbeOptions.judging, EmbedOptions.group, DecodingOptions.group,
    ],
    examples: [
      "palindrome probe --embeddings E.npy --labels labels.csv --features pixels,random",
      "palindrome probe --features pixels,random,runs/first --labels actions/labels.csv --json",
      "palindrome probe --embeddings E.npy --labels labels.csv --svg confusion.svg",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let values = invocation.values
    try NewFile.check(values, ProbeOptions.svg, ProbeOptions.predictions)
    let table = try LabelTable(values[ProbeOptions.labels])
    if table.unlabelled > 0 {
      invocation.console.note(
        "\(table.file): \(counted(table.unlabelled, "clip")) without a label: not judged")
    }
    let data = try ProbeData(table)
    var settings = ProbeSettings()
    settings.folds = values[ProbeOptions.folds]
    settings.repeats = values[ProbeOptions.repeats]
    settings.seed = invocation.seed
    let probe = Probe(data, settings)
    let sets = try ProbeFeatures(invocation, table).sets()
    let results = sets.map { set in
      (
        set.name,
        probe.run(set.matrix) { done, total in
          invocation.console.progress("probe \(set.name): \(done) of \(total) folds")
        }
      )
    }
    invocation.console.endProgress()
    if let path = values[ProbeOptions.svg], let first = results.first {
      let matrix = probe.confusion(first.1.linear)
      try AtomicFile.write(
        ConfusionPlot(title: first.0, classes: matrix.classes, counts: matrix.counts).document(),
        to: path)
    }
    if let path = values[ProbeOptions.predictions] {
      try AtomicFile.write(predictions(probe, table, results), to: path)
    }
    ProbeReport(probe: probe, results: results, isGrouped: table.hasGroups).print(invocation)
    return .done
  }

  private static func predictions(
    _ probe: Probe, _ table: LabelTable, _ results: [(String, Probe.Result)]
  ) -> String {
    var text = CSVTable.line(["features", "repeat", "fold", "path", "label", "linear", "knn"])
    for (name, result) in results {
      for (number, folds) in probe.folds.enumerated() {
        for (sample, entry) in table.entries.enumerated() {
          text += CSVTable.line([
            name, String(number), String(folds[sample]), entry.path, table.classes[entry.label],
            table.classes[result.linear.predictions[number][sample]],
            table.classes[result.neighbours.predictions[number][sample]],
          ])
        }
      }
    }
    return text
  }
}

/// The matrices to judge: an embedding that is there, and others that are made here.
private struct ProbeFeatures {
  private let invocation: Invocation
  private let table: LabelTable
  private var values: OptionValues { invocation.values }

  init(_ invocation: Invocation, _ table: LabelTable) {
    self.invocation = invocation
    self.table = table
  }

  func sets() throws -> [(name: String, matrix: Tensor)] {
    let names = values[ProbeOptions.features]
    var sets: [(name: String, matrix: Tensor)] = []
    var settings: EmbeddingSettings?
    var folder = values[ProbeOptions.folder]
    if let path = values[ProbeOptions.embeddings] {
      try values.refuse(
        EmbedOptions.group.options, in: "features whose settings --embeddings tells")
      let set = try EmbeddingSet(path)
      if !names.isEmpty { try set.description.checkFeatures(path) }
      settings = set.description.settings
      folder = folder ?? set.description.folder
      let reasons = Dictionary(
        ((try? set.files.reasons()) ?? []).map { ($0.path, $0.reason) },
        uniquingKeysWith: { first, _ in first })
      let rows = try table.features(try set.byPath(), source: set.files.csv) { reasons[$0] }
      sets.append((Folder.lastName(of: path), Self.matrix(rows)))
    }
    guard !sets.isEmpty || !names.isEmpty else {
      throw CommandFailure(.usage, "nothing to judge; give --embeddings E.npy, or --features")
    }
    if !names.contains("random") {
      try values.refuse([ModelOptions.preset.option], in: "features without random")
    }
    // A word that means nothing is found before anything is embedded.
    for name in names { _ = try ModelSource(name) }
    for name in names {
      let rows = try embed(
        name, settings, folder: folder ?? Folder.parent(of: values[ProbeOptions.labels]))
      sets.append((name, Self.matrix(rows)))
    }
    return sets
  }

  private static func matrix(_ rows: [[Float]]) -> Tensor {
    Tensor(rows.flatMap { $0 }, [rows.count, rows.first?.count ?? 0])
  }

  /// Embeds the labelled files with the model `name`.
  private func embed(
    _ name: String, _ known: EmbeddingSettings?, folder: String
  ) throws -> [[Float]] {
    let preset = try preset()
    let source = try ModelSource(name)
    try ModelOptions.tellMissingScale(of: source, invocation.console)
    let encoder = try source.clipEncoder(
      random: ModelOptions.configuration(preset), seed: invocation.seed)
    let settings = try known ?? EmbedOptions.settings(values, encoder)
    let embedder = try ClipEmbedder(
      encoder: encoder, settings: settings, source: try invocation.decoding.source())
    let files = try table.entries.map { entry in
      let path = "\(folder)/\(entry.path)"
      guard let identity = FileIdentity.of(path) else {
        throw CommandFailure(
          .badData,
          "\(table.file): line \(entry.line): \(path) is not there; check the path, or give --folder"
        )
      }
      return MediaFile(relativePath: entry.path, path: path, identity: identity)
    }
    let found = Mutex(Found())
    let console = invocation.console
    _ = try EmbeddingRun(
      files, embedder: embedder, shouldStop: { false },
      deliver: { number, file, _ in
        console.progress("embed \(name): \(number + 1) of \(counted(files.count, "file"))")
        found.withLock { found in
          let path = files[number].relativePath
          if let failure = file.failure {
            found.failures[path] = failure
            found.vectors.remove(path)
          }
          for row in file.rows { found.vectors.add(row.vector, of: path) }
        }
      }
    ).run()
    console.endProgress()
    let (vectors, failures) = found.withLock { ($0.vectors, $0.failures) }
    return try table.features(vectors.byPath, source: folder) { failures[$0] }
  }

  /// The size of `random`: as --preset says, else that of the model that is judged beside it.
  private func preset() throws -> Preset {
    let given = Preset(rawValue: values[ModelOptions.preset]) ?? .small
    guard !values.isGiven(ModelOptions.preset) else { return given }
    let judged = try values[ProbeOptions.embeddings].map {
      try EmbeddingDescription(reading: try EmbeddingFiles($0).json)
    }
    if let preset = judged.flatMap({ Preset(rawValue: $0.preset) }) { return preset }
    for name in [judged?.model].compactMap({ $0 }) + values[ProbeOptions.features] {
      let run = try? ModelSource(name).trainingConfiguration()
      if let preset = run.flatMap({ Preset(rawValue: $0.preset) }) { return preset }
    }
    return given
  }

  private struct Found: Sendable {
    var vectors = FileVectors()
    var failures: [String: String] = [:]
  }
}
