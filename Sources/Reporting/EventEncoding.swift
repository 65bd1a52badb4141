import Storage

/// The bytes of TensorBoard's event files: protocol buffers of the messages `Event`, `Summary` and
/// `SessionLog` (tensorboard/compat/proto), framed as TFRecords.
enum EventEncoding {
  /// The first record of every file.
  static func version(wallTime: Double) -> [UInt8] {
    var event = event(wallTime, step: 0)
    event.add(3, "brain.Event:2")
    return frame(event)
  }

  /// Says that the run goes on from `step`: TensorBoard drops what earlier files hold beyond it.
  static func sessionStart(wallTime: Double, step: Int) -> [UInt8] {
    let started = 1
    var session = Protobuf()
    session.add(1, started)
    var event = event(wallTime, step: step)
    event.add(7, session)
    return frame(event)
  }

  /// Scalars of one step.
  static func scalars(
    wallTime: Double, step: Int, _ scalars: [(tag: String, value: Float)]
  ) -> [UInt8] {
    var summary = Protobuf()
    for (tag, value) in scalars {
      var scalar = Protobuf()
      scalar.add(1, tag)
      scalar.add(2, value)
      summary.add(1, scalar)
    }
    var event = event(wallTime, step: step)
    event.add(5, summary)
    return frame(event)
  }

  private static func event(_ wallTime: Double, step: Int) -> Protobuf {
    var event = Protobuf()
    event.add(1, wallTime)
    // Proto3 leaves out fields of value 0.
    if step != 0 { event.add(2, step) }
    return event
  }

  private static func frame(_ message: Protobuf) -> [UInt8] {
    let record = message.bytes
    let length = littleEndian(UInt64(record.count))
    return length + littleEndian(CRC32C.masked(length)) + record
      + littleEndian(CRC32C.masked(record))
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
