import Storage
import TensorCore

/// A computation graph in the Open Neural Network Exchange format (onnx.proto3, IR version 8), built node
/// by node; `model` gives the file's bytes.
struct OnnxGraph {
  /// An extent of an input or output: a number, or a name where it may be any.
  enum Extent {
    case fixed(Int)
    case any(String)
  }

  enum Attribute {
    case integer(Int)
    case integers([Int])
    case text(String)
  }

  /// Version of the operator set that the nodes are of.
  static let opset = 17
  private static let irVersion = 8
  /// Field numbers of GraphProto.
  private enum Field {
    static let node = 1
    static let name = 2
    static let initializer = 5
    static let text = 10
    static let input = 11
    static let output = 12
  }
  private enum ElementType {
    static let float = 1
    static let int64 = 7
  }

  private let name: String
  /// What the graph computes, for the reader.
  private let text: String
  private var nodes = Protobuf()
  private var initializers = Protobuf()
  private var ends = Protobuf()

  init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// Adds an input and returns its name.
  mutating func input(_ name: String, _ shape: [Extent], _ text: String) -> String {
    ends.add(Field.input, Self.value(name, shape, text))
    return name
  }

  /// Makes the value of that name an output.
  mutating func output(_ name: String, _ shape: [Extent], _ text: String) {
    ends.add(Field.output, Self.value(name, shape, text))
  }

  /// Adds a tensor of Float32 and returns its name.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    var message = Protobuf()
    message.add(1, packed: Array(tensor.shape))
    message.add(2, ElementType.float)
    message.add(8, name)
    tensor.withData { message.add(9, UnsafeBufferPointer(start: $0, count: tensor.count)) }
    initializers.add(Field.initializer, message)
    return name
  }

  /// Adds a vector of whole numbers and returns its name.
  mutating func constant(_ name: String, _ numbers: [Int]) -> String {
    var message = Protobuf()
    message.add(1, packed: [numbers.count])
    message.add(2, ElementType.int64)
    message.add(7, packed: numbers)
    message.add(8, name)
    initializers.add(Field.initializer, message)
    return name
  }

  /// Adds a node of one output, which has the node's name; returns that name. Nodes are added in an order
  /// in which each comes after those that it reads.
  @discardableResult
  mutating func node(
    _ operation: String, _ inputs: [String], name: String,
    _ attributes: [(name: String, value: Attribute)] = []
  ) -> String {
    var message = Protobuf()
    for input in inputs { message.add(1, input) }
    message.add(2, name)
    message.add(3, name)
    message.add(4, operation)
    for attribute in attributes { message.add(5, Self.attribute(attribute.name, attribute.value)) }
    nodes.add(Field.node, message)
    return name
  }

  /// The file's bytes. `metadata` goes into it as it is.
  func model(producerVersion: String, metadata: [(key: String, value: String)]) -> [UInt8] {
    var graph = nodes
    graph.add(Field.name, name)
    graph.append(initializers)
    graph.add(Field.text, text)
    graph.append(ends)
    var opset = Protobuf()
    opset.add(1, "")
    opset.add(2, Self.opset)
    var model = Protobuf()
    model.add(1, Self.irVersion)
    model.add(2, "palindrome")
    model.add(3, producerVersion)
    model.add(7, graph)
    model.add(8, opset)
    for (key, value) in metadata {
      var entry = Protobuf()
      entry.add(1, key)
      entry.add(2, value)
      model.add(14, entry)
    }
    return model.bytes
  }

  private static func attribute(_ name: String, _ value: Attribute) -> Protobuf {
    let type = 20
    var message = Protobuf()
    message.add(1, name)
    switch value {
    case .integer(let number):
      message.add(3, number)
      message.add(type, 2)
    case .text(let text):
      message.add(4, text)
      message.add(type, 3)
    case .integers(let numbers):
      message.add(8, packed: numbers)
      message.add(type, 7)
    }
    return message
  }

  private static func value(_ name: String, _ shape: [Extent], _ text: String) -> Protobuf {
    var extents = Protobuf()
    for extent in shape {
      var dimension = Protobuf()
      switch extent {
      case .fixed(let number): dimension.add(1, number)
      case .any(let name): dimension.add(2, name)
      }
      extents.add(1, dimension)
    }
    var tensor = Protobuf()
    tensor.add(1, ElementType.float)
    tensor.add(2, extents)
    var type = Protobuf()
    type.add(1, tensor)
    var message = Protobuf()
    message.add(1, name)
    message.add(2, type)
    message.add(3, text)
    return message
  }
}
