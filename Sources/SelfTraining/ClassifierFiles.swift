import Evaluation
import Settings
import Storage
import TensorCore

extension TrainedClassifier {
  static let tensorsName = "classifier.safetensors"
  static let describedName = "classifier.json"
  private static let version = 3

  /// Writes `classifier.safetensors` (all numbers of the heads) and `classifier.json` (the rest) to a folder that exists.
  package func write(to folder: String) throws(StorageError) {
    var tensors: [(name: String, tensor: Tensor)] = []
    for (name, scale) in [("video", space.video), ("audio", space.audio)] {
      guard let scale else { continue }
      tensors.append(("\(name).mean", Tensor(scale.mean, [scale.inputs])))
      tensors.append(("\(name).axes", scale.axes))
    }
    for (name, reference) in [("video", strangeness.video), ("audio", strangeness.audio)] {
      guard let reference else { continue }
      tensors += reference.tensors.map { ("labelled.\(name).\($0.name)", $0.tensor) }
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
      "temperature": .number(ensemble.temperature),
      "bias": .array(ensemble.bias.map { .number($0) }), "heads": .array(members),
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
    guard let biases = described["bias"]?.array, case let bias = biases.compactMap(\.double),
      bias.count == biases.count, bias.isEmpty || bias.count == names.count
    else { throw fault("has no bias of its classes") }
    ensemble = Ensemble(
      classes: names.count, members: members, temperature: temperature, bias: bias)
    guard let distances = described["strangeness"]?["known"]?.array,
      case let known = distances.compactMap(\.double), known.count == distances.count
    else { throw fault("has no strangeness") }
    classes = names
    strangeness = Strangeness(
      video: try Self.reference("video", space.video?.inputs, file),
      audio: try Self.reference("audio", space.audio?.inputs, file), known: known,
      limit: described["strangeness"]?["limit"]?.double ?? .infinity)
  }

  private static func scale(
    _ name: String, _ file: SafetensorsFile
  ) throws(StorageError) -> Projection? {
    guard file["\(name).mean"] != nil else { return nil }
    let (mean, axes) = (try file.tensor("\(name).mean"), try file.tensor("\(name).axes"))
    let isFitting =
      axes.shape.rank == 1
      ? axes.shape[0] == mean.count
      : axes.shape.rank == 2 && axes.shape[1] == mean.count && axes.shape[0] > 0
    guard mean.count > 0, isFitting,
      mean.array.allSatisfy(\.isFinite), axes.array.allSatisfy(\.isFinite)
    else {
      throw .badData(
        path: file.path, reason: "the axes of \(name) are damaged; train the classifier again")
    }
    return Projection(mean: mean.array, axes: axes)
  }

  private static func reference(
    _ name: String, _ width: Int?, _ file: SafetensorsFile
  ) throws(StorageError) -> Strangeness.Reference? {
    guard let width else { return nil }
    let parts = try ["rows", "mean", "deviation"].map { part throws(StorageError) in
      try file.tensor("labelled.\(name).\(part)")
    }
    guard let reference = Strangeness.Reference(parts, width: width) else {
      throw .badData(
        path: file.path, reason: "the labelled clips are damaged; train the classifier again")
    }
    return reference
  }
}

extension Strangeness.Reference {
  fileprivate var tensors: [(name: String, tensor: Tensor)] {
    [
      ("rows", rows), ("mean", Tensor(scale.mean.map(Float.init), [dimensions])),
      ("deviation", Tensor(scale.deviation.map(Float.init), [dimensions])),
    ]
  }

  /// Of rows, mean and deviation; nil where they do not fit each other.
  fileprivate init?(_ parts: [Tensor], width: Int) {
    let (rows, mean, deviation) = (parts[0], parts[1].array, parts[2].array)
    guard rows.shape.rank == 2, rows.shape[1] == width, mean.count == width,
      deviation.count == width, parts.allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 })
    else { return nil }
    self.init(
      rows: rows,
      scale: Standardisation(mean: mean.map(Double.init), deviation: deviation.map(Double.init)))
  }
}
