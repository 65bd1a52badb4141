import Settings

extension Parser {
  /// JSON itself.
  static let text = [
    Parser(name: "json", file: "value.json") { _, bytes in
      let value = try JSONValue.parse(bytes)
      for indented in [false, true] {
        let again = try? JSONValue.parse(value.text(indented: indented))
        require(again == value, "JSON changes when it is written and read again")
      }
    }
  ]
}
