/// The bytes of TensorBoard's event files: protocol buffers of the messages `Event`, `Summary` and
/// `SessionLog` (tensorboard/compat/proto), framed as TFRecords.
enum EventEncoding {
  /// The first record of every file.
  static func version(wallTime: Double) -> [UInt8] {
    frame(event(wallTime, step: 0) + field(3, Array("brain.Event:2".utf8)))
  }

  /// Says that the run goes on from `step`: TensorBoard drops what earlier files hold beyond it.
  static func sessionStart(wallTime: Double, step: Int) -> [UInt8] {
    let started: UInt64 = 1
    return frame(event(wallTime, step: step) + field(7, key(1, wire: 0) + varint(started)))
  }

  /// Scalars of one step.
  static func scalars(
    wallTime: Double, step: Int, _ scalars: [(tag: String, value: Float)]
  ) -> [UInt8] {
    var summary: [UInt8] = []
    for (tag, value) in scalars {
      let simple = key(2, wire: 5) + littleEndian(value.bitPattern)
      summary += field(1, field(1, Array(tag.utf8)) + simple)
    }
    return frame(event(wallTime, step: step) + field(5, summary))
  }

  private static func event(_ wallTime: Double, step: Int) -> [UInt8] {
    let time = key(1, wire: 1) + littleEndian(wallTime.bitPattern)
    // Proto3 leaves out fields of value 0.
    guard step != 0 else { return time }
    return time + key(2, wire: 0) + varint(UInt64(bitPattern: Int64(step)))
  }

  private static func frame(_ record: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(record.count))
    return length + littleEndian(CRC32C.masked(length)) + record
      + littleEndian(CRC32C.masked(record))
  }

  private static func key(_ number: Int, wire: Int) -> [UInt8] {
    varint(UInt64(number << 3 | wire))
  }

  /// A field of bytes, text or a message.
  private static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    key(number, wire: 2) + varint(UInt64(content.count)) + content
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
