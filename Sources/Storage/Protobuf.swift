/// A message in the wire format of protocol buffers, written field by field.
///
/// A message within a message is a value of its own, added when it is complete. Fields of value 0 are
/// written as told; whether they may be left out is the schema's business.
package struct Protobuf: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// A field of type int32, int64, uint64, bool or an enumeration.
  package mutating func add(_ field: Int, _ value: Int) {
    key(field, wire: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  /// A field of type string.
  package mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  /// A field of type bytes.
  package mutating func add(_ field: Int, _ content: [UInt8]) {
    key(field, wire: 2)
    varint(UInt64(content.count))
    bytes += content
  }

  /// A field of type bytes that holds Float32 numbers, little-endian.
  package mutating func add(_ field: Int, _ values: UnsafeBufferPointer<Float>) {
    key(field, wire: 2)
    varint(UInt64(values.count * 4))
    bytes.reserveCapacity(bytes.count + values.count * 4)
    for value in values { append(value.bitPattern) }
  }

  /// A field that is a message.
  package mutating func add(_ field: Int, _ message: Protobuf) { add(field, message.bytes) }

  /// A field of type float.
  package mutating func add(_ field: Int, _ value: Float) {
    key(field, wire: 5)
    append(value.bitPattern)
  }

  /// A field of type double.
  package mutating func add(_ field: Int, _ value: Double) {
    key(field, wire: 1)
    append(value.bitPattern)
  }

  /// A repeated field of whole numbers, packed.
  package mutating func add(_ field: Int, packed values: [Int]) {
    var content = Protobuf()
    for value in values { content.varint(UInt64(bitPattern: Int64(value))) }
    add(field, content.bytes)
  }

  /// Adds the fields of a message of the same type.
  package mutating func append(_ fields: Protobuf) { bytes += fields.bytes }

  private mutating func key(_ field: Int, wire: Int) { varint(UInt64(field << 3 | wire)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
