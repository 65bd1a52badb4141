import Settings
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #" {"a": [1, -2.5e3, true, false, null], "b": {"c": "x\n\u00e9\ud83d\ude00"}} "#
    let value = try JSONValue.parse(text)
    #expect(value["a"] == [1, -2500.0, true, false, nil])
    #expect(value["b"]?["c"]?.string == "x\né😀")
    #expect(value.object?.keys == ["a", "b"])
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", ".5", "+1", "-", "1e",
    "1e999",
    "nul", "tru", "\"", "\"\u{1}\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
    "\"\\udc00\"", "1 2", "[1 2]", "{\"a\":1,\"a\":2}", "// x\n1", "NaN", "'a'", "[", "]",
  ])
  func refuses(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue.parse(text) }
  }

  @Test func refusesInvalidUTF8AndDepth() throws {
    #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
    #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xC0, 0x80, 0x22]) }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSONValue.parse(deep) }
    let allowed = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    _ = try JSONValue.parse(allowed)
  }

  @Test func namesThePlace() {
    #expect(throws: JSONError(byte: 9, reason: "the key \"a\" stands twice")) {
      try JSONValue.parse(#"{"a": 1, "a": 2}"#)
    }
  }

  @Test func roundTrips() throws {
    let value: JSONValue = [
      "int": .integer(.max), "small": 1e-300, "third": .number(1.0 / 3), "whole": 3.0,
      "text": "\"\\/\u{1}\u{7F}\n\té😀", "list": [1, [2, []], [:]], "none": nil,
    ]
    #expect(try JSONValue.parse(value.text()) == value)
    #expect(try JSONValue.parse(value.text(indented: true)) == value)
    #expect(!value.text().contains("\n"))
  }

  @Test func writesWhatJSONCannotHoldAsNull() {
    #expect(JSONValue.array([.number(.nan), .number(.infinity)]).text() == "[null,null]")
  }

  @Test func numbersKnowTheirKinds() throws {
    #expect(try JSONValue.parse("3.0").int == 3)
    #expect(try JSONValue.parse("3.5").int == nil)
    #expect(try JSONValue.parse("9223372036854775808").int == nil)
    #expect(try JSONValue.parse("7").double == 7)
  }

  @Test func objectsDropAndReplaceMembers() {
    var object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
    #expect(object.keys == ["a", "b"])
    #expect(object["a"] == 3)
    object["a"] = nil
    object["missing"] = nil
    #expect(object.keys == ["b"])
  }
}
