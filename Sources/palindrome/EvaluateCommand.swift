import Evaluation
import Settings

/// `palindrome evaluate davis|masks|points`: official scores.
enum EvaluateCommand: Command {
  static let name = "evaluate"
  static let summary = "score tracking: DAVIS J&F, masks that exist already, or labelled points"

  static let root = Setting.path(
    "root",
    "davis (required): a DAVIS tree. points (required): the folder of the folders of frames.",
    placeholder: "DIR")
  static let year = Setting.choice(
    "year", DavisTree.Year.allCases.map(\.rawValue),
    "davis, masks: 2016 judges everything that is not background as one object, 2017 the objects by number. "
      + "By default as the tree's lists say, else 2017.")
  static let sequences = Setting.list(
    "sequences",
    "The sequences to score. By default all; in davis those of the validation list, where there is one."
  )
  static let out = Setting.path(
    "out",
    "davis: a folder to make of the masks found, NAME/00000.png; it appears once all are scored.",
    placeholder: "DIR")
  static let truth = Setting.path(
    "truth",
    "masks (required): the folder of the true masks. points (required): a file of labelled points, or a "
      + "folder of them, NAME.csv or NAME.json.",
    placeholder: "PATH")
  static let results = Setting.path(
    "results", "masks (required): the folder of the masks to score.", placeholder: "DIR")

  static let lost = Setting.double(
    "lost", in: 0...1,
    "points: the share of its mark that a point must keep, else it is lost in that frame. By default "
      + "\(TrackOptions.pointLost), as in track.")

  static let syntax = ArgumentSyntax(
    command: "palindrome evaluate",
    summary: """
      davis: carries the first mask of each sequence of a DAVIS tree through it and scores the rest: J \
      (region) and F (contour), mean, recall and decay, as the official evaluator. masks: the scores alone, \
      of masks that exist already. points: carries labelled points through folders of frames; PCK and the \
      TAP-Vid measures. The first and the last frame are not judged in davis and masks; objects are those of \
      the first true mask; void (255) is background; a missing frame or an object too many is an error, an \
      object that is never found scores zero.
      """,
    positional: Positional("WHAT", choices: works.map(\.name), "What is scored."),
    groups: [
      OptionGroup(
        "what is scored",
        [
          root.option, year.option, sequences.option, out.option, truth.option, results.option,
          lost.option,
        ]),
      OptionGroup("the model (davis and points require --model)", ModelOptions.group.options),
      TrackingOptions.group, DecodingOptions.group,
    ],
    examples: [
      "palindrome evaluate davis --model runs/first --root clips/davis --json",
      "palindrome evaluate davis --model random --preset resnet18 --root DAVIS --year 2016 --height 240",
      "palindrome evaluate masks --truth DAVIS/Annotations/480p --results found --year 2016",
      "palindrome evaluate points --model runs/first --truth points --root DAVIS/JPEGImages/480p",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    for work in works where work.name == invocation.positionals[0] { try work.run(invocation) }
    return .done
  }

  /// What can be evaluated, by the word that asks for it.
  private static let works: [(name: String, run: @Sendable (Invocation) throws -> Void)] = [
    ("davis", DavisScoring.run), ("masks", masks), ("points", PointsEvaluation.run),
  ]

  private static func masks(_ invocation: Invocation) throws {
    let values = invocation.values
    try values.refuse(
      [root.option, out.option, lost.option] + ModelOptions.group.options
        + TrackingOptions.group.options,
      in: "evaluate masks")
    let truth = try needed(truth, values)
    let results = try needed(results, values)
    let names = try MaskFolders.sequences(
      truth: truth, results: results, wanted: values[sequences])
    let source = try invocation.decoding.source()
    let scores = try names.map { name in
      invocation.console.progress("scoring \(name)")
      return try MaskFolders.score(
        name, truth: truth, results: results, merges: values[year] == "2016",
        source: source)
    }
    invocation.console.endProgress()
    MaskScoreReport(scores, about: [("results", .string(results))]).print(invocation)
  }

  static func needed(_ setting: Setting<String?>, _ values: OptionValues) throws -> String {
    guard let value = values[setting] else {
      throw OptionError.missingOption(
        option: setting.option.name, placeholder: setting.option.placeholder)
    }
    return value
  }
}
