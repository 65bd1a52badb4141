import Evaluation
import Settings
import Storage

/// `palindrome evaluate points`.
enum PointsEvaluation {
  static func run(_ invocation: Invocation) throws {
    let values = invocation.values
    try values.refuse(
      [
        EvaluateCommand.year.option, EvaluateCommand.out.option, EvaluateCommand.results.option,
        TrackingOptions.adapt.option,
      ], in: "evaluate points")
    let root = try EvaluateCommand.needed(EvaluateCommand.root, values)
    let truth = try EvaluateCommand.needed(EvaluateCommand.truth, values)
    let model = try ModelOptions.featureModel(invocation)
    var settings = TrackingOptions.settings(values)
    settings.pointLostBelow = values[EvaluateCommand.lost] ?? TrackOptions.pointLost
    let evaluation = PointEvaluation(
      model: model, settings: settings, source: try invocation.decoding.source())
    let wanted = values[EvaluateCommand.sequences]
    let all = try files(truth)
    for name in wanted where !all.contains(where: { stem($0) == name }) {
      throw CommandFailure(
        .noInput, "\(truth): no points of the sequence \(name) in it; check --sequences")
    }
    let files = all.filter { wanted.isEmpty || wanted.contains(stem($0)) }
    let console = invocation.console
    let scores = try files.map { file in
      let name = stem(file)
      let folder = "\(root)/\(name)"
      let frames = Folder.names(in: folder).filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
      guard !frames.isEmpty else {
        throw CommandFailure(
          .noInput, "\(folder): no frames for the points in \(file); check --root")
      }
      let result = try evaluation.run(
        try PointTable(file), frames: frames.map { "\(folder)/\($0)" }, name: file
      ) { frame, count in
        console.progress("\(name): frame \(frame) of \(count)")
      }
      return (name, result)
    }
    console.endProgress()
    print(scores, invocation)
  }

  /// The files of labelled points: `truth` itself, or those in the folder.
  private static func files(_ truth: String) throws -> [String] {
    guard Folder.exists(truth) else { return [truth] }
    let names = Folder.names(in: truth).filter { $0.hasSuffix(".csv") || $0.hasSuffix(".json") }
    guard !names.isEmpty else {
      throw CommandFailure(.noInput, "\(truth): no .csv or .json files of points in it")
    }
    return names.map { "\(truth)/\($0)" }
  }

  private static func stem(_ path: String) -> String {
    let name = Folder.lastName(of: path)
    return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }

  /// nil where there is nothing to judge by.
  private static func members(_ scores: PointScores) -> [(name: String, value: Double?)] {
    [
      ("PCK_0.1", scores.pck10), ("PCK_0.2", scores.pck20),
      ("average_jaccard", scores.averageJaccard), ("position_accuracy", scores.positionAccuracy),
      ("occlusion_accuracy", scores.occlusionAccuracy),
    ]
  }

  private static func print(
    _ scores: [(name: String, scores: PointScores)], _ invocation: Invocation
  ) {
    let all = PointScores(mean: scores.map(\.scores))
    func object(_ first: (String, JSONValue), _ scores: PointScores) -> JSONObject {
      JSONObject(
        [first, ("points", .integer(scores.visible))]
          + members(scores).map { ($0.name, $0.value.map { .number($0) } ?? .null) })
    }
    if invocation.wantsJSON {
      var result = object(
        ("model", .string(invocation.values[ModelOptions.model] ?? "")), all)
      result["sequences"] = .array(
        scores.map { .object(object(("name", .string($0.name)), $0.scores)) })
      return invocation.console.result(JSONValue.object(result).text())
    }
    let width = (scores.map(\.name.count).max() ?? 0) + 8
    invocation.console.result(
      "sequence".padded(to: width) + members(all).map { $0.name.rightAligned(to: 20) }.joined())
    for (name, part) in scores + [("all", all)] {
      invocation.console.result(
        name.padded(to: width)
          + members(part).map {
            ($0.value.map { ($0 * 100).decimals(1) } ?? "-").rightAligned(to: 20)
          }.joined())
    }
  }
}
