/// A protocol-buffer message read field by field, independently of the writer.
struct WireMessage {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }
  struct Malformed: Error {}

  let fields: [(number: Int, value: Value)]

  init(_ bytes: ArraySlice<UInt8>) throws {
    var rest = bytes
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard rest.count >= count else { throw Malformed() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    func varint() throws -> UInt64 {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while true {
        guard let byte = rest.popFirst(), shift < 64 else { throw Malformed() }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
        shift += 7
      }
    }
    func fixed(_ count: Int) throws -> UInt64 {
      try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var fields: [(number: Int, value: Value)] = []
    while !rest.isEmpty {
      let key = try varint()
      let value: Value =
        switch key & 7 {
        case 0: .number(try varint())
        case 1: .number(try fixed(8))
        case 2: .bytes(try take(Int(try varint())))
        case 5: .number(try fixed(4))
        default: throw Malformed()
        }
      fields.append((Int(key >> 3), value))
    }
    self.fields = fields
  }

  func messages(_ number: Int) throws -> [WireMessage] {
    try bytes(number).map { try WireMessage($0) }
  }

  func bytes(_ number: Int) -> [ArraySlice<UInt8>] {
    fields.compactMap { field in
      if field.number == number, case .bytes(let bytes) = field.value { bytes } else { nil }
    }
  }

  func texts(_ number: Int) -> [String] {
    bytes(number).map { String(decoding: $0, as: UTF8.self) }
  }

  func number(_ number: Int) -> Int? {
    for field in fields where field.number == number {
      if case .number(let value) = field.value { return Int(truncatingIfNeeded: value) }
    }
    return nil
  }

  /// A repeated field of whole numbers, packed.
  func packed(_ number: Int) -> [Int] {
    bytes(number).flatMap { bytes -> [Int] in
      var (numbers, value, shift): ([Int], UInt64, UInt64) = ([], 0, 0)
      for byte in bytes {
        value |= UInt64(byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 {
          numbers.append(Int(truncatingIfNeeded: value))
          (value, shift) = (0, 0)
        }
      }
      return numbers
    }
  }
}
