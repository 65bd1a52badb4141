/// The values of options that were given, on a command line or in a `config.json`; what was not given
/// reads as its default.
package struct OptionValues: Sendable, Hashable {
  private var values: [String: OptionValue]

  package init() { values = [:] }

  /// The value of `setting`: the given one, else its default. Cannot fail.
  package subscript<Value>(setting: Setting<Value>) -> Value {
    self[setting.option.name].flatMap(setting.read) ?? setting.fallback
  }

  /// The given value of the option `name`; nil where it was not given. Values are checked against their
  /// option (`Option.checked`) before they are put in.
  package subscript(name: String) -> OptionValue? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// Whether the option was given rather than left to its default.
  package func isGiven<Value>(_ setting: Setting<Value>) -> Bool {
    self[setting.option.name] != nil
  }

  /// These values with those of `other` put over them.
  package func overridden(by other: OptionValues) -> OptionValues {
    var result = self
    result.values.merge(other.values) { _, theirs in theirs }
    return result
  }

  /// The values of `options` as JSON, defaults written out; options without a value are left out.
  package func json(_ options: [Option]) -> JSONObject {
    var result = JSONObject()
    for option in options {
      result[option.name] = (self[option.name] ?? option.defaultValue)?.json
    }
    return result
  }

  /// Reads back what `json` wrote.
  ///
  /// Throws `OptionError` for a member that is no option, or whose value is of another kind or out of
  /// range.
  package init(json: JSONObject, options: [Option]) throws(OptionError) {
    self.init()
    for (name, value) in json.members {
      guard let option = options.first(where: { $0.name == name }) else {
        throw .unknown(
          option: name, suggestion: nearestWord(to: name, among: options.map(\.name)))
      }
      guard let decoded = OptionValue(value, kind: option.kind) else {
        throw .badValue(option: name, value: value.text(), needed: option.needed)
      }
      values[name] = try option.checked(decoded)
    }
  }
}

extension OptionValue {
  /// The value as it stands in `config.json`.
  package var json: JSONValue {
    switch self {
    case .flag(let value): .bool(value)
    case .int(let value): .integer(value)
    case .double(let value): .number(value)
    case .string(let value): .string(value)
    case .list(let words): .array(words.map(JSONValue.string))
    case .numbers(let numbers): .array(numbers.map(JSONValue.number))
    }
  }

  fileprivate init?(_ json: JSONValue, kind: Option.Kind) {
    switch kind {
    case .flag:
      guard let value = json.bool else { return nil }
      self = .flag(value)
    case .int:
      guard let value = json.int else { return nil }
      self = .int(value)
    case .double:
      guard let value = json.double else { return nil }
      self = .double(value)
    case .choice, .string, .path:
      guard let value = json.string else { return nil }
      self = .string(value)
    case .list:
      guard let words = json.array?.map(\.string) else { return nil }
      let texts = words.compactMap { $0 }
      guard texts.count == words.count else { return nil }
      self = .list(texts)
    case .numbers:
      guard let numbers = json.array?.map(\.double) else { return nil }
      let known = numbers.compactMap { $0 }
      guard known.count == numbers.count else { return nil }
      self = .numbers(known)
    }
  }
}
