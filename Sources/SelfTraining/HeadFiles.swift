import Settings
import Storage
import TensorCore

extension AnyHead {
  /// What stands of it in JSON.
  var described: [(String, JSONValue)] {
    switch self {
    case .neighbours(let head):
      [
        ("kind", "neighbours"), ("k", .integer(head.k)),
        ("labels", .array(head.labels.map { .integer($0) })),
      ]
    case .linear: [("kind", "linear")]
    case .perceptron(let head): [("kind", "perceptron"), ("hidden", .integer(head.hidden))]
    }
  }

  var tensors: [(name: String, tensor: Tensor)] {
    switch self {
    case .neighbours(let head): [("examples", head.examples)]
    case .linear(let head):
      [
        ("weights", Tensor(head.weights, [head.classes, head.inputs])),
        ("bias", Tensor(head.bias, [head.classes])),
      ]
    case .perceptron(let head): [("values", Tensor(head.values, [head.values.count]))]
    }
  }

  /// Head `number` of a file; nil where its description and its tensors do not fit together.
  init?(
    _ value: JSONValue, _ number: Int, _ file: SafetensorsFile, inputs: Int, classes: Int
  ) throws(StorageError) {
    func tensor(_ name: String) throws(StorageError) -> Tensor {
      let tensor = try file.tensor("head.\(number).\(name)")
      guard tensor.isFinite else {
        throw .badData(
          path: file.path,
          reason: "head \(number) holds values that are not finite; train the classifier again")
      }
      return tensor
    }
    switch value["kind"]?.string {
    case "neighbours":
      let examples = try tensor("examples")
      guard let k = value["k"]?.int, k > 0,
        let given = value["labels"]?.array, case let labels = given.compactMap(\.int),
        labels.count == given.count, examples.shape.rank == 2,
        examples.shape[0] == labels.count, examples.shape[1] == inputs,
        labels.allSatisfy({ (0..<classes).contains($0) })
      else { return nil }
      self = .neighbours(NeighbourHead(k: k, units: examples, labels: labels, classes: classes))
    case "linear":
      let (weights, bias) = (try tensor("weights"), try tensor("bias"))
      guard bias.count == classes, weights.count == classes * inputs else { return nil }
      self = .linear(LinearHead(weights: weights.array, bias: bias.array))
    case "perceptron":
      let values = try tensor("values")
      guard let hidden = value["hidden"]?.int, (1...(1 << 20)).contains(hidden),
        values.count == hidden * (inputs + 1) + classes * (hidden + 1)
      else { return nil }
      self = .perceptron(
        Perceptron(inputs: inputs, hidden: hidden, classes: classes, values: values.array))
    default: return nil
    }
  }
}
