import Settings

/// The checked header of a safetensors file.
struct SafetensorsHeader {
  /// The reference implementation's bound.
  static let maximumBytes = 100_000_000

  let metadata: [String: String]
  /// In the order of their data, which they cover without gap or overlap.
  let entries: [SafetensorsEntry]
  /// Where in the file the data begins.
  let dataStart: Int

  init(_ file: borrowing OpenFile) throws(StorageError) {
    let path = file.path
    func refuse(_ reason: String) -> StorageError {
      .badData(
        path: path,
        reason:
          "not a valid safetensors file: \(reason); copy it again, or save it again as safetensors")
    }
    let size = try file.size()
    guard size >= 8 else { throw refuse("\(size) bytes cannot hold a header") }
    let prefix = try file.read(0..<8)
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.maximumBytes else {
      throw refuse("a header of \(length) bytes, more than \(Self.maximumBytes)")
    }
    guard length <= size - 8 else {
      throw refuse("a header of \(length) bytes in a file of \(size)")
    }
    dataStart = 8 + Int(length)
    let text = try file.read(8..<dataStart)
    guard text.first == UInt8(ascii: "{") else { throw refuse("the header does not begin with {") }
    let value: JSONValue
    do {
      value = try JSONValue.parse(text)
    } catch {
      throw refuse("\(error)")
    }
    guard let object = value.object else { throw refuse("the header is not an object") }

    var metadata: [String: String] = [:]
    var entries: [SafetensorsEntry] = []
    for (name, value) in object.members {
      if name == "__metadata__" {
        guard let members = value.object?.members else { throw refuse("metadata is not an object") }
        for (key, value) in members {
          guard let text = value.string else { throw refuse("metadata \(key) is not a string") }
          metadata[key] = text
        }
      } else {
        switch Self.entry(name, value) {
        case .success(let entry): entries.append(entry)
        case .failure(let fault): throw refuse("tensor \(name): \(fault.text)")
        }
      }
    }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        let fault = entry.range.lowerBound < end ? "overlaps another" : "leaves a gap before it"
        throw refuse("tensor \(entry.name) \(fault)")
      }
      end = entry.range.upperBound
    }
    guard end == size - dataStart else {
      throw refuse("tensors of \(end) bytes over data of \(size - dataStart) (cut short?)")
    }
    self.metadata = metadata
    self.entries = entries
  }

  private struct Fault: Error { let text: String }

  private static func entry(
    _ name: String, _ value: JSONValue
  ) -> Result<SafetensorsEntry, Fault> {
    func fault(_ text: String) -> Result<SafetensorsEntry, Fault> { .failure(Fault(text: text)) }
    guard let object = value.object else { return fault("not an object") }
    for key in object.keys where !["dtype", "shape", "data_offsets"].contains(key) {
      return fault("the unknown key \(key)")
    }
    guard let dtype = object["dtype"]?.string else { return fault("no dtype") }
    guard let type = SafetensorsType(rawValue: dtype) else {
      return fault("unknown dtype \(dtype)")
    }
    guard let shape = whole(object["shape"]) else {
      return fault("the shape is not a list of extents")
    }
    guard let offsets = whole(object["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1]
    else { return fault("data_offsets are not a rising pair") }
    var bytes = type.width
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { return fault("the shape is too large") }
      bytes = product
    }
    guard offsets[1] - offsets[0] == bytes else {
      return fault("\(offsets[1] - offsets[0]) bytes where its shape needs \(bytes)")
    }
    return .success(
      SafetensorsEntry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1]))
  }

  /// A list of whole numbers from 0 on, written without fraction or exponent.
  private static func whole(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.array else { return nil }
    var numbers: [Int] = []
    for element in elements {
      guard case .integer(let number) = element, number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
