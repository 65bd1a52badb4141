import Settings

extension SelfTrainingRecord.Score {
  /// The 95 % interval of the accuracy (Wilson 1927), wider where clips come in groups.
  package var interval: ClosedRange<Double> { Accuracy.interval(accuracy, count: apart) }

  package var json: JSONValue {
    [
      "accuracy": .number(accuracy), "correct": .integer(correct), "count": .integer(count),
      "interval": [.number(interval.lowerBound), .number(interval.upperBound)],
    ]
  }
}

extension SelfTrainingRecord.Expected {
  package var json: JSONValue {
    [
      "accuracy": .number(accuracy),
      "interval": [.number(interval.lowerBound), .number(interval.upperBound)],
    ]
  }
}

extension SelfTrainingRecord {
  /// What `record.json` and `--json` hold of it.
  package var json: JSONObject {
    var object = JSONObject([
      ("method", .string(method)),
      ("chosen", .string(rounds.indices.contains(chosen) ? rounds[chosen].name : "")),
      ("verdict", .string(verdict)),
      ("rounds", .array(rounds.map { .object($0.json) })),
    ])
    if let fineTuning { object["finetune"] = fineTuning.json }
    return object
  }
}

extension SelfTrainingRecord.Round {
  fileprivate var json: JSONObject {
    JSONObject([
      ("name", .string(name)), ("out_of_fold", outOfFold.json),
      ("expected", expected?.json ?? .null), ("test", test?.json ?? .null),
      ("taken", .array(taken.map { .integer($0) })), ("unlabelled", .integer(unlabelled)),
      ("utilisation", .number(utilisation)),
      ("pseudo_label_precision", pseudoPrecision?.json ?? .null),
      ("class_entropy", .number(classEntropy)),
      ("least_confidence", .array(leastConfidence.map { $0.map { .number($0) } ?? .null })),
    ])
  }
}
