import Evaluation
import Settings
import Storage
import Training

/// `palindrome evaluate davis`.
enum DavisScoring {
  static func run(_ invocation: Invocation) throws {
    let values = invocation.values
    try values.refuse(
      [
        EvaluateCommand.truth.option, EvaluateCommand.results.option, EvaluateCommand.lost.option,
      ], in: "evaluate davis")
    let root = try EvaluateCommand.needed(EvaluateCommand.root, values)
    let model = try EvaluateCommand.needed(ModelOptions.model, values)
    let tree = try DavisTree(
      root, year: values[EvaluateCommand.year].flatMap(DavisTree.Year.init))
    let sequences = try tree.sequences(values[EvaluateCommand.sequences]).map(tree.sequence)
    let features = try ModelOptions.featureModel(invocation)
    let source = try invocation.decoding.source()
    let folder = try values[EvaluateCommand.out].map { try StagedFolder($0) }
    if let folder {
      StopRequest.listen()
      StopRequest.leaves(folder.draft)
    }
    defer { StopRequest.leaves(nil) }
    let evaluation = DavisEvaluation(
      model: features, settings: TrackingOptions.settings(values), out: folder?.draft,
      adaptation: TrackingOptions.adaptation(invocation), source: source)
    let console = invocation.console
    do {
      let scores = try sequences.enumerated().map { index, sequence in
        try evaluation.run(sequence) { frame, count in
          if let folder { try CommandFailure.checkForStop(making: folder.path) }
          console.progress(
            "\(sequence.name) (\(index + 1) of \(sequences.count)): frame \(frame) of \(count)")
        }
      }
      try folder?.publish()
      console.endProgress()
      MaskScoreReport(
        scores, about: [("model", .string(model)), ("year", .string(tree.year.rawValue))]
      ).print(invocation)
    } catch {
      folder?.discard()
      throw folder?.named(error) ?? error
    }
  }
}
