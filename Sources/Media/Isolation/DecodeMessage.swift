import ClipData
import Glibc

/// What goes over the socket between a run and its decoder process: how much there is to read in the shared memory.
///
/// The fields come first, the samples and the picture behind them, each on a boundary of 64 bytes.
struct DecodeMessage: Equatable {
  /// The number of the request; an answer has its request's.
  var serial: UInt64
  var fieldBytes: Int
  var samples = 0
  var pictureBytes = 0

  /// Bytes of every message.
  static let size = 40
  private static let mark: UInt64 = 0x3165_646F_6365_6450  // "Pdecode1"

  init(serial: UInt64, fieldBytes: Int, samples: Int = 0, pictureBytes: Int = 0) {
    (self.serial, self.fieldBytes) = (serial, fieldBytes)
    (self.samples, self.pictureBytes) = (samples, pictureBytes)
  }

  /// Nil where the bytes are no message, or speak of more than `limit` bytes.
  init?(_ bytes: [UInt8], limit: Int) {
    var reader = ByteReader(bytes)
    guard bytes.count == Self.size, reader.take(UInt64.self) == Self.mark,
      let serial = reader.take(UInt64.self), let fields = reader.takeInt(),
      let samples = reader.takeInt(), let picture = reader.takeInt(),
      (0...limit).contains(fields), (0...limit / 4).contains(samples),
      (0...limit).contains(picture)
    else { return nil }
    self.init(serial: serial, fieldBytes: fields, samples: samples, pictureBytes: picture)
    guard total <= limit else { return nil }
  }

  var bytes: [UInt8] {
    var writer = ByteWriter()
    for value in [Self.mark, serial] { writer.put(value) }
    for value in [fieldBytes, samples, pictureBytes] { writer.put(Int64(value)) }
    return writer.bytes
  }

  private static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
  private var sampleOffset: Int { Self.aligned(fieldBytes) }
  private var pictureOffset: Int { Self.aligned(sampleOffset + samples * 4) }
  /// Bytes of content.
  var total: Int { pictureOffset + pictureBytes }

  /// Puts the content into `area`; false where there is no room.
  func put(_ fields: [UInt8], samples: [Float] = [], picture: [UInt8] = [], into area: SharedArea)
    -> Bool
  {
    guard area.reserve(total), let content = area.content else { return false }
    fields.withUnsafeBytes { content.copy($0) }
    samples.withUnsafeBytes { (content + sampleOffset).copy($0) }
    picture.withUnsafeBytes { (content + pictureOffset).copy($0) }
    return true
  }

  /// Copies the content out of `area`, where the other side may still write; nil where it is not there, or cannot be
  /// mapped.
  func take(from area: SharedArea) -> (fields: [UInt8], samples: [Float], picture: [UInt8])? {
    guard area.reach(total), let content = area.content else { return nil }
    let fields = [UInt8](UnsafeRawBufferPointer(start: content, count: fieldBytes))
    let samples = [Float](unsafeUninitializedCapacity: samples) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(
        from: UnsafeRawBufferPointer(start: content + sampleOffset, count: self.samples * 4))
      count = self.samples
    }
    let picture = [UInt8](
      UnsafeRawBufferPointer(start: content + pictureOffset, count: pictureBytes))
    return (fields, samples, picture)
  }
}

extension UnsafeMutableRawPointer {
  fileprivate func copy(_ bytes: UnsafeRawBufferPointer) {
    if let source = bytes.baseAddress { copyMemory(from: source, byteCount: bytes.count) }
  }
}

/// One end of the socket pair. Messages keep their borders.
struct DecodeSocket {
  let descriptor: Int32

  enum Arrival {
    case message([UInt8])
    /// The other end is closed.
    case end
    /// This process cannot receive, with the error number.
    case failed(Int32)
    case nothingYet
  }

  /// The error number of what is not a closed other end.
  private static func fault(_ code: Int32) -> Int32? {
    [EPIPE, ECONNRESET, ENOTCONN].contains(code) ? nil : code
  }

  /// 0, or an error number; EPIPE where the other end is gone.
  func send(_ message: DecodeMessage) -> Int32 {
    let bytes = message.bytes
    while true {
      let sent = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if sent == bytes.count { return 0 }
      if sent >= 0 { return EPIPE }
      if errno != EINTR { return Self.fault(errno) ?? EPIPE }
    }
  }

  /// The next message, waiting for it at most `milliseconds`; for ever where that is negative.
  func receive(within milliseconds: Int32) -> Arrival {
    var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = poll(&waited, 1, milliseconds)
    if count == 0 || (count < 0 && errno == EINTR) { return .nothingYet }
    guard count > 0 else { return .failed(errno) }
    // One byte more than a message has shows one that is too long.
    var bytes = [UInt8](repeating: 0, count: DecodeMessage.size + 1)
    let got = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    if got < 0, errno == EINTR || errno == EAGAIN { return .nothingYet }
    if got < 0, let code = Self.fault(errno) { return .failed(code) }
    guard got > 0 else { return .end }
    return .message(Array(bytes.prefix(got)))
  }
}
