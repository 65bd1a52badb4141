import Settings

/// Every objective that there is. A new one is its own file and a line here.
package enum ObjectiveRegistry {
  package static let all: [any Objective.Type] = [
    Walk.self,
    AudioVisual.self,
    Temporal.self,
    Sound.self,
  ]

  /// The settings of every objective, in the order of the registry.
  package static var options: [Option] { all.flatMap { $0.options } }

  /// Which objectives to train and the weight of each in the loss; `weights` reads it.
  package static let objectives = Setting.list(
    "objectives", default: ["walk=1", "av=0.5"],
    "Objectives and their weights in the loss; a name alone has weight 1.",
    placeholder: "NAME=WEIGHT,...")

  /// The most that an objective may weigh.
  package static let largestWeight = 1e6

  /// The objectives that `values` asks for, in the order of the registry.
  package static func weights(
    in values: OptionValues
  ) throws(OptionError) -> [(type: any Objective.Type, weight: Double)] {
    try parse(values[objectives])
  }

  /// Reads words such as `walk=1` and `av=0.5`; a word without a weight counts 1.
  ///
  /// Throws for a name that is no objective, with the nearest one, for one that comes twice and for a
  /// weight that is no positive number or above `largestWeight`.
  package static func parse(
    _ words: [String]
  ) throws(OptionError) -> [(type: any Objective.Type, weight: Double)] {
    let option = objectives.option.name
    let names = all.map { $0.name }
    var weights: [String: Double] = [:]
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.first.map(String.init) ?? ""
      guard names.contains(name) else {
        let hint =
          nearestWord(to: name, among: names).map { "did you mean \($0)?" }
          ?? "the objectives are \(names.joined(separator: ", "))"
        throw .badValue(option: option, value: word, needed: "no objective is named so; \(hint)")
      }
      guard weights[name] == nil else {
        throw .badValue(option: option, value: word, needed: "\(name) comes twice; write it once")
      }
      let weight = parts.count > 1 ? Double(parts[1]) : 1
      guard let weight, weight > 0, weight <= largestWeight else {
        throw .badValue(
          option: option, value: word,
          needed: "a weight above 0, of a million at most, is needed, as in \(name)=1; "
            + "leave out what is not wanted")
      }
      weights[name] = weight
    }
    guard !weights.isEmpty else {
      throw .badValue(
        option: option, value: "",
        needed: "at least one of \(names.joined(separator: ", ")) is needed")
    }
    return all.compactMap { type in weights[type.name].map { (type, $0) } }
  }
}
