/// Why a text is not JSON, or not JSON that is accepted here.
package struct JSONError: Error, Hashable, CustomStringConvertible {
  /// The place of the fault, from 0.
  package let byte: Int
  package let reason: String

  package init(byte: Int, reason: String) {
    self.byte = byte
    self.reason = reason
  }

  package var description: String { "bad JSON at byte \(byte): \(reason)" }
}

extension JSONValue {
  /// Parses one JSON text strictly: no comments, no trailing commas, no repeated keys, valid UTF-8,
  /// nothing after the value but white space, nesting no deeper than `maximumDepth`.
  package static func parse(
    _ bytes: some Collection<UInt8>, maximumDepth: Int = 64
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
    return try parser.document()
  }

  /// Parses one JSON text strictly.
  package static func parse(
    _ text: String, maximumDepth: Int = 64
  ) throws(JSONError) -> JSONValue {
    try parse(text.utf8, maximumDepth: maximumDepth)
  }
}

/// A recursive-descent parser whose recursion is bounded by `maximumDepth`.
private struct JSONParser {
  let bytes: [UInt8]
  let maximumDepth: Int
  var place = 0
  var depth = 0

  init(bytes: [UInt8], maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let result = try value()
    skipSpace()
    guard place == bytes.count else { throw fault("something follows the value") }
    return result
  }

  private func fault(_ reason: String) -> JSONError { JSONError(byte: place, reason: reason) }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = next else { throw fault("the text ends where a value is expected") }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < maximumDepth else { throw fault("nested deeper than \(maximumDepth)") }
      depth += 1
      defer { depth -= 1 }
      place += 1
      return byte == UInt8(ascii: "{") ? try object() : try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fault("a value cannot begin here")
    }
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    var result = JSONObject()
    skipSpace()
    if take("}") { return .object(result) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fault("a key is expected") }
      let start = place
      let key = try string()
      guard result[key] == nil else {
        throw JSONError(byte: start, reason: "the key \"\(key.prefix(100))\" stands twice")
      }
      skipSpace()
      guard take(":") else { throw fault("':' is expected") }
      result[key] = try value()
      skipSpace()
      if take("}") { return .object(result) }
      guard take(",") else { throw fault("',' or '}' is expected") }
    }
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    var result: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(result) }
    while true {
      result.append(try value())
      skipSpace()
      if take("]") { return .array(result) }
      guard take(",") else { throw fault("',' or ']' is expected") }
    }
  }

  private mutating func word(
    _ text: StaticString, _ meaning: JSONValue
  ) throws(JSONError) -> JSONValue {
    let expected = Array(text.description.utf8)
    guard bytes[place...].starts(with: expected) else {
      throw fault("a value cannot begin here")
    }
    place += expected.count
    return meaning
  }

  private mutating func digits() throws(JSONError) {
    let start = place
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
    guard place > start else { throw fault("a digit is expected") }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    _ = take("-")
    if !take("0") { try digits() }
    let wholeEnd = place
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if place == wholeEnd, let whole = Int(text) { return .integer(whole) }
    guard let real = Double(text), real.isFinite else {
      throw JSONError(byte: start, reason: "the number \(text.prefix(40)) is out of range")
    }
    return .number(real)
  }

  private mutating func string() throws(JSONError) -> String {
    let start = place
    place += 1
    var text: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        guard let result = String(validating: text, as: UTF8.self) else {
          throw JSONError(byte: start, reason: "the string is not valid UTF-8")
        }
        return result
      case UInt8(ascii: "\\"):
        place += 1
        try escape(into: &text)
      case 0..<0x20:
        throw fault("a control character stands in a string")
      default:
        text.append(byte)
        place += 1
      }
    }
    throw JSONError(byte: start, reason: "the string is not closed")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw fault("the text ends inside an escape") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try fourHexDigits()
      if (0xD800..<0xDC00).contains(code) {
        guard take("\\"), take("u") else { throw fault("a surrogate stands alone") }
        let low = try fourHexDigits()
        guard (0xDC00..<0xE000).contains(low) else { throw fault("a surrogate stands alone") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("a surrogate stands alone") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
    default:
      place -= 1
      throw fault("an unknown escape")
    }
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits are expected")
      }
      code = code << 4 | UInt32(digit)
      place += 1
    }
    return code
  }
}
