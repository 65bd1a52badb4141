import Settings
import TensorCore

/// Writing of safetensors files.
package enum Safetensors {
  /// Writes F32 tensors to `path`, complete or not at all. The bytes depend on nothing but the
  /// names, the tensors and the metadata: tensors in byte order of their names, metadata in order
  /// of its keys, the header padded by spaces so that the data is aligned to 8 bytes.
  @discardableResult
  package static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws(StorageError) -> FileDigest {
    try AtomicFile.stream(to: path) { sink throws(StorageError) in
      try write(tensors, metadata: metadata, into: sink)
    }
  }

  /// Writes F32 tensors into a file of a folder that is being published.
  package static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
    into sink: FileSink
  ) throws(StorageError) {
    let sorted = tensors.sorted { precedes($0.name, $1.name) }
    for (a, b) in zip(sorted, sorted.dropFirst()) {
      precondition(a.name != b.name, "two tensors named \(a.name) for \(sink.path)")
    }
    try sink.write(header(sorted, metadata))
    for (_, tensor) in sorted {
      let result = tensor.withData { data in
        Result { () throws(StorageError) in
          try sink.write(UnsafeRawBufferPointer(start: data, count: tensor.count * 4))
        }
      }
      try result.get()
    }
  }

  private static func header(
    _ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]
  ) -> [UInt8] {
    var object = JSONObject()
    if !metadata.isEmpty {
      let keys = metadata.keys.sorted(by: precedes)
      object["__metadata__"] = .object(
        JSONObject(keys.map { ($0, .string(metadata[$0] ?? "")) }))
    }
    var offset = 0
    for (name, tensor) in tensors {
      let end = offset + tensor.count * 4
      object[name] = [
        "dtype": "F32",
        "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": [.integer(offset), .integer(end)],
      ]
      offset = end
    }
    var text = Array(JSONValue.object(object).text().utf8)
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }
}
