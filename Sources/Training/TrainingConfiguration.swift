import ClipData
import Foundation
import NeuralNetworks
import Objectives
import Settings

/// How the parameters are moved.
package struct OptimisationSettings: Sendable, Codable, Equatable {
  package var optimiser = OptimiserKind.adamw
  /// The peak of the schedule.
  package var learningRate = 1e-3
  package var weightDecay = 0.01
  /// Steps over which the learning rate rises; at most a quarter of the run.
  package var warmup = 50
  /// The share of the peak at which the cosine ends.
  package var floor = 0.01
  /// The largest norm of the gradients, above which they are scaled down; 0 for no limit.
  package var clipNorm = 5.0
  /// The share of the old average that a step of the teacher keeps.
  package var averageDecay = 0.99

  package init() {}
}

/// All that decides what a run computes, and how often it looks and saves: the content of
/// `config.json`. Threads, caches and what is printed are not part of it.
package struct TrainingConfiguration {
  /// The word of `--preset`, for the reader.
  package var preset = ""
  package var seed: UInt64 = 0
  package var encoder: EncoderConfiguration
  package var clips: ClipSettings
  /// How the bands of the spectrogram are brought to a common scale.
  package var sound = AudioNormalisation.none
  /// The factor with which the second normalisation of every block of the image encoder begins.
  package var residualGain = 0.0
  /// The objectives and their weights in the loss, in the order of the registry.
  package var objectives: [(type: any Objective.Type, weight: Double)]
  /// The settings of the objectives; what is not given there is at its default.
  package var options: OptionValues
  package var optimisation = OptimisationSettings()
  package var length = RunLength.steps(1000)
  /// Steps between evaluations on held-out videos.
  package var evaluateEvery = 500
  /// Steps between checkpoints; two minutes without one bring one too.
  package var checkpointEvery = 200
  /// The share of the videos that is held out.
  package var holdout = 0.1
  /// The file whose weights the run began with; empty for random ones.
  package var initialWeights = ""
  /// The folders of videos as they were given, for the reader.
  package var folders: [String] = []
  /// `VideoIndex.signature` of what was found in them.
  package var videos: UInt64 = 0

  /// What the network was before the first step, in the words above the column of its scores.
  package var before: String { Self.before(initialWeights: initialWeights) }
  static func before(initialWeights: String) -> String {
    initialWeights.isEmpty ? "untrained" : "at its start"
  }

  package init(
    encoder: EncoderConfiguration, clips: ClipSettings,
    objectives: [(type: any Objective.Type, weight: Double)],
    options: OptionValues = OptionValues()
  ) {
    self.options = options
    self.encoder = encoder
    self.clips = clips
    self.objectives = objectives
  }

  private static let format = 3

  /// The configuration as `config.json` holds it.
  package func json() throws -> JSONValue {
    var chosen = JSONObject()
    for (type, weight) in objectives { chosen[type.name] = .number(weight) }
    return [
      "format": .integer(Self.format),
      "preset": .string(preset),
      // Whole numbers of 64 bits do not survive every JSON reader.
      "seed": .string(String(seed)),
      "encoder": try encodedJSON(encoder),
      "clips": try encodedJSON(clips),
      "sound": try encodedJSON(sound),
      "residualGain": .number(residualGain),
      "objectives": .object(chosen),
      "options": .object(options.json(objectives.flatMap { $0.type.options })),
      "optimisation": try encodedJSON(optimisation),
      "length": try encodedJSON(length),
      "evaluateEvery": .integer(evaluateEvery),
      "checkpointEvery": .integer(checkpointEvery),
      "holdout": .number(holdout),
      "init": .string(initialWeights),
      "folders": .array(folders.map { .string($0) }),
      "videos": .string(String(videos, radix: 16)),
    ]
  }

  /// Reads back what `json` wrote; throws a one-line reason.
  package init(json: JSONValue) throws {
    guard json["format"]?.int == Self.format else {
      throw ConfigurationFault(reason: "it is not of format \(Self.format)")
    }
    var objectives: [(type: any Objective.Type, weight: Double)] = []
    for (name, value) in json["objectives"]?.object?.members ?? [] {
      guard let type = ObjectiveRegistry.all.first(where: { $0.name == name }) else {
        throw ConfigurationFault(reason: "it asks for an unknown objective, \(name)")
      }
      guard let weight = value.double else {
        throw ConfigurationFault(reason: "objectives.\(name) is no weight")
      }
      objectives.append((type, weight))
    }
    func member(_ key: String) throws -> JSONValue {
      guard let value = json[key] else { throw ConfigurationFault(reason: "it has no \(key)") }
      return value
    }
    func decode<Value: Decodable>(_ key: String) throws -> Value {
      let value = try member(key)
      do {
        return try decoded(value)
      } catch let error as DecodingError {
        throw ConfigurationFault(reason: "\(key)\(error.place) is missing or not what it should be")
      }
    }
    self.init(
      encoder: try decode("encoder"), clips: try decode("clips"),
      objectives: objectives,
      options: try OptionValues(
        json: member("options").object ?? JSONObject(),
        options: objectives.flatMap { $0.type.options }))
    sound = try decode("sound")
    guard (1...4096).contains(encoder.width), (1...4096).contains(encoder.audioWidth) else {
      throw ConfigurationFault(reason: "encoder.width or encoder.audioWidth is out of range")
    }
    if let complaint = clips.complaint { throw ConfigurationFault(reason: complaint) }
    guard sound.isComplete else {
      throw ConfigurationFault(reason: "sound has no mean and scale for each band")
    }
    func read<Value>(_ key: String, _ value: (JSONValue) -> Value?) throws -> Value {
      guard let value = value(try member(key)) else {
        throw ConfigurationFault(reason: "\(key) is not what it should be")
      }
      return value
    }
    preset = try read("preset", \.string)
    residualGain = try read("residualGain", \.double)
    seed = try read("seed") { $0.string.flatMap { UInt64($0) } }
    optimisation = try decode("optimisation")
    length = try decode("length")
    evaluateEvery = try read("evaluateEvery", \.int)
    checkpointEvery = try read("checkpointEvery", \.int)
    holdout = try read("holdout", \.double)
    initialWeights = try read("init", \.string)
    folders = try read("folders", \.array).compactMap(\.string)
    videos = try read("videos") { $0.string.flatMap { UInt64($0, radix: 16) } }
    if let complaint { throw ConfigurationFault(reason: complaint) }
  }

  /// The first setting in which `now` departs from `was`, both as `json` writes them. Where the
  /// folders of videos lie does not matter as long as the same videos are in them.
  package static func firstChange(
    was: JSONValue, now: JSONValue
  ) -> (name: String, was: String, now: String)? {
    let before = flattened(was)
    let after = flattened(now)
    let names = after.map(\.name) + before.map(\.name)
    for name in names where name != "folders" {
      let old = before.first { $0.name == name }?.value
      let new = after.first { $0.name == name }?.value
      if old != new { return (name, old ?? "unset", new ?? "unset") }
    }
    return nil
  }

  /// The members of nested objects, each under its dotted name.
  static func flattened(
    _ value: JSONValue, _ prefix: String = ""
  ) -> [(name: String, value: String)] {
    guard let object = value.object else {
      return [(prefix, value.int.map(String.init) ?? value.string ?? value.text())]
    }
    return object.members.flatMap { key, value in
      flattened(value, prefix.isEmpty ? key : "\(prefix).\(key)")
    }
  }
}

/// What is wrong with a `config.json`.
package struct ConfigurationFault: Error, CustomStringConvertible {
  package let reason: String
  package var description: String { reason }
}

extension DecodingError {
  /// The dotted path of the value that is missing or wrong, with a dot before it; empty for the whole.
  fileprivate var place: String {
    let path: [any CodingKey]
    switch self {
    case .keyNotFound(let key, let context): path = context.codingPath + [key]
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      path = context.codingPath
    @unknown default: path = []
    }
    return path.map { "." + $0.stringValue }.joined()
  }
}

/// A Codable value as JSON with its keys in order.
func encodedJSON(_ value: some Encodable) throws -> JSONValue {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys]
  return try JSONValue.parse(try encoder.encode(value))
}

/// The reverse of `encodedJSON`.
func decoded<Value: Decodable>(_ json: JSONValue) throws -> Value {
  try JSONDecoder().decode(Value.self, from: Data(json.text().utf8))
}
