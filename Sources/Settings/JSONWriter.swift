extension JSONValue {
  /// The value as JSON text: on one line, or with `indented` a member a line, two spaces a level.
  ///
  /// A number that JSON cannot hold (infinite or not a number) is written as null. Doubles are written
  /// with the fewest digits that read back to the same bits.
  package func text(indented: Bool = false) -> String {
    var out = ""
    write(into: &out, indented: indented, level: 0)
    return out
  }

  private func write(into out: inout String, indented: Bool, level: Int) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value): out += value.isFinite ? value.description : "null"
    case .string(let value): Self.quote(value, into: &out)
    case .array(let elements):
      // Rows of plain values stay on one line, so that a list of numbers does not fill a page.
      let broken = indented && elements.contains { $0.array != nil || $0.object != nil }
      Self.list(elements, "[", "]", into: &out, broken: broken, level: level) { element, out in
        element.write(into: &out, indented: broken, level: level + 1)
      }
    case .object(let object):
      Self.list(object.members, "{", "}", into: &out, broken: indented, level: level) {
        member, out in
        Self.quote(member.key, into: &out)
        out += indented ? ": " : ":"
        member.value.write(into: &out, indented: indented, level: level + 1)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, into out: inout String, broken: Bool,
    level: Int, _ body: (Element, inout String) -> Void
  ) {
    out += open
    for (index, element) in elements.enumerated() {
      if index > 0 { out += "," }
      if broken { out += "\n" + String(repeating: "  ", count: level + 1) }
      body(element, &out)
    }
    if broken, !elements.isEmpty { out += "\n" + String(repeating: "  ", count: level) }
    out += close
  }

  private static func quote(_ text: String, into out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
