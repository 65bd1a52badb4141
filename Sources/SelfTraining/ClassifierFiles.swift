import Evaluation
import Settings
import Storage
import TensorCore

extension TrainedClassifier {
  static let tensorsName = "classifier.safetensors"
  static let describedName = "classifier.json"
  private static let version = 1

  /// Writes `classifier.safetensors` (all numbers of the heads) and `classifier.json` (the rest) to a folder that exists.
  package func write(to folder: String) throws(StorageError) {
    var tensors: [(name: String, tensor: Tensor)] = []
    func add(_ name: String, _ values: [Float]) {
      tensors.append((name, Tensor(values, [values.count])))
    }
    for (name, scale) in [("video", space.video), ("audio", space.audio)] {
      guard let scale else { continue }
      add("scale.\(name).mean", scale.mean.map(Float.init))
      add("scale.\(name).deviation", scale.deviation.map(Float.init))
    }
    for (name, rows) in [("video", strangeness.video), ("audio", strangeness.audio)] {
      if let rows { tensors.append(("labelled.\(name)", rows)) }
    }
    var members: [JSONValue] = []
    for (number, member) in ensemble.members.enumerated() {
      var object = JSONObject([
        ("part", .string(member.part.rawValue)), ("temperature", .number(member.temperature)),
      ])
      for (key, value) in member.head.described { object[key] = value }
      members.append(.object(object))
      tensors += member.head.tensors.map { ("head.\(number).\($0.name)", $0.tensor) }
    }
    let described: JSONValue = [
      "version": .integer(Self.version), "classes": .array(classes.map { .string($0) }),
      "temperature": .number(ensemble.temperature), "heads": .array(members),
      "strangeness": [
        "known": .array(strangeness.known.map { .number($0) }),
        "limit": strangeness.limit.isFinite ? .number(strangeness.limit) : .null,
      ],
    ]
    try Safetensors.write(tensors, to: folder + "/" + Self.tensorsName)
    try AtomicFile.write(
      described.text(indented: true) + "\n", to: folder + "/" + Self.describedName)
  }

  /// Reads what `write` has written; what does not fit is an error that names the file.
  package init(from folder: String) throws(StorageError) {
    let path = folder + "/" + Self.describedName
    func fault(_ reason: String) -> StorageError {
      .badData(path: path, reason: "\(reason); train the classifier again")
    }
    let described: JSONValue
    do {
      described = try JSONValue.parse(try readBytes(path, limit: 1 << 26))
    } catch let error as StorageError {
      throw error
    } catch {
      throw fault("\(error)")
    }
    guard described["version"]?.int == Self.version else {
      throw fault("not a classifier of version \(Self.version)")
    }
    guard let named = described["classes"]?.array, named.count > 1,
      case let names = named.compactMap(\.string), Set(names).count == named.count
    else { throw fault("has no list of classes") }
    let file = try SafetensorsFile(folder + "/" + Self.tensorsName)
    space = FeatureSpace(
      video: try Self.scale("video", file), audio: try Self.scale("audio", file))
    guard let temperature = described["temperature"]?.double, temperature > 0,
      let heads = described["heads"]?.array, !heads.isEmpty
    else { throw fault("has no heads") }
    var members: [Member] = []
    for (number, value) in heads.enumerated() {
      guard let part = value["part"]?.string.flatMap(Part.init), space.parts.contains(part),
        let own = value["temperature"]?.double, own > 0
      else { throw fault("head \(number) has no part or temperature") }
      guard
        let head = try AnyHead(
          value, number, file, inputs: space.dimensions(part), classes: names.count)
      else { throw fault("head \(number) does not fit \(Self.tensorsName)") }
      members.append(Member(part: part, head: head, temperature: own))
    }
    ensemble = Ensemble(classes: names.count, members: members, temperature: temperature)
    guard let distances = described["strangeness"]?["known"]?.array,
      case let known = distances.compactMap(\.double), known.count == distances.count
    else { throw fault("has no strangeness") }
    classes = names
    strangeness = Strangeness(
      video: try Self.rows("video", space.dimensions(.video), file),
      audio: try Self.rows("audio", space.dimensions(.audio), file), known: known,
      limit: described["strangeness"]?["limit"]?.double ?? .infinity)
  }

  private static func scale(
    _ name: String, _ file: SafetensorsFile
  ) throws(StorageError) -> Standardisation? {
    guard file["scale.\(name).mean"] != nil else { return nil }
    let mean = try file.tensor("scale.\(name).mean").array.map(Double.init)
    let deviation = try file.tensor("scale.\(name).deviation").array.map(Double.init)
    guard mean.count == deviation.count, !mean.isEmpty, mean.allSatisfy(\.isFinite),
      deviation.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw .badData(
        path: file.path, reason: "the scale of \(name) is damaged; train the classifier again")
    }
    return Standardisation(mean: mean, deviation: deviation)
  }

  private static func rows(
    _ name: String, _ width: Int, _ file: SafetensorsFile
  ) throws(StorageError) -> Tensor? {
    guard width > 0, file["labelled.\(name)"] != nil else { return nil }
    let rows = try file.tensor("labelled.\(name)")
    guard rows.shape.rank == 2, rows.shape[1] == width, rows.isFinite else {
      throw .badData(
        path: file.path, reason: "the labelled clips are damaged; train the classifier again")
    }
    return rows
  }
}
