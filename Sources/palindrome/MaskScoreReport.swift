import Evaluation
import Settings

/// Mask scores as a table or as JSON.
struct MaskScoreReport {
  let sequences: [SequenceScores]
  let about: [(String, JSONValue)]

  init(_ sequences: [SequenceScores], about: [(String, JSONValue)]) {
    self.sequences = sequences
    self.about = about
  }

  /// Over all objects, whatever their sequence.
  private var total: MaskScores { MaskScores(mean: sequences.flatMap { $0.objects.map(\.scores) }) }

  func print(_ invocation: Invocation) {
    if invocation.wantsJSON { return invocation.console.result(json.text()) }
    let width = (sequences.map(\.name.count) + [Self.all.count]).reduce(0, max) + 2
    let heads = ["J&F", "J mean", "recall", "decay", "F mean", "recall", "decay"]
    invocation.console.result(
      "sequence".padded(to: width) + heads.map { $0.rightAligned(to: 8) }.joined())
    for sequence in sequences {
      invocation.console.result(Self.row(sequence.name, sequence.mean, width))
      guard sequence.objects.count > 1 else { continue }
      for (object, scores) in sequence.objects {
        invocation.console.result(Self.row("  object \(object)", scores, width))
      }
    }
    invocation.console.result(Self.row(Self.all, total, width))
  }

  private static let all = "all objects"

  private static func row(_ name: String, _ scores: MaskScores, _ width: Int) -> String {
    let values =
      [scores.mean] + [scores.region, scores.contour].flatMap { [$0.mean, $0.recall, $0.decay] }
    return name.padded(to: width)
      + values.map { ($0 * 100).decimals(1).rightAligned(to: 8) }.joined()
  }

  private var json: JSONValue {
    let rows = sequences.map { sequence -> JSONValue in
      let objects = sequence.objects.map { object, scores -> JSONValue in
        .object(JSONObject([("object", .integer(Int(object)))] + Self.members(scores)))
      }
      return .object(
        JSONObject(
          [("name", .string(sequence.name)), ("frames", .integer(sequence.frames))]
            + Self.members(sequence.mean) + [("objects", .array(objects))]))
    }
    return .object(
      JSONObject(about + Self.members(total) + [("sequences", .array(rows))]))
  }

  private static func members(_ scores: MaskScores) -> [(String, JSONValue)] {
    var result: [(String, JSONValue)] = []
    for (letter, value) in [("J", scores.region), ("F", scores.contour)] {
      result += [
        ("\(letter)_mean", .number(value.mean)), ("\(letter)_recall", .number(value.recall)),
        ("\(letter)_decay", .number(value.decay)),
      ]
    }
    return result + [("JF_mean", .number(scores.mean))]
  }
}
