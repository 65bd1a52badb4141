/// One setting as it is declared: the single source of its parsing, its help, its default and its place
/// in `config.json`. Commands and objectives declare theirs as `Setting`, which adds the Swift type.
package struct Option: Sendable, Hashable {
  /// What the option takes.
  package enum Kind: Sendable, Hashable {
    /// `--name` and `--no-name`.
    case flag
    case int(ClosedRange<Int>)
    case double(ClosedRange<Double>)
    /// One of a few words.
    case choice([String])
    case string
    /// The path of a file or folder.
    case path
    /// Words separated by commas.
    case list
    /// So many numbers, separated by commas or each an argument of its own; whole ones alone with `whole`.
    case numbers(count: Int, ClosedRange<Double>, whole: Bool)
  }

  /// As it is typed after the two dashes, such as `steps` or `walk.temperature`.
  package var name: String
  /// A letter for one dash, where there is one.
  package var short: Character?
  package var kind: Kind
  /// The value when the option is not given; nil when there is then none.
  package var defaultValue: OptionValue?
  /// Whether the command cannot do without it.
  package var isRequired: Bool
  /// One or two sentences without the name and the default, which the help adds.
  package var help: String
  /// What stands for the value in the help.
  package var placeholder: String

  package init(
    _ name: String, short: Character? = nil, kind: Kind, default defaultValue: OptionValue? = nil,
    required: Bool = false, help: String, placeholder: String = "TEXT"
  ) {
    self.name = name
    self.short = short
    self.kind = kind
    self.defaultValue = defaultValue
    self.isRequired = required
    self.help = help
    self.placeholder = placeholder
  }

  /// The same option where the command cannot do without it.
  package var required: Option {
    var option = self
    option.isRequired = true
    return option
  }

  /// The value that `text` means; throws what is wrong with it.
  package func value(from text: String) throws(OptionError) -> OptionValue {
    switch kind {
    case .flag:
      switch text.lowercased() {
      case "true", "yes", "on", "1": return .flag(true)
      case "false", "no", "off", "0": return .flag(false)
      default: throw .badValue(option: name, value: text, needed: needed)
      }
    case .int:
      guard let number = Int(text) else {
        throw .badValue(option: name, value: text, needed: needed)
      }
      return try checked(.int(number))
    case .double:
      guard let number = Double(text) else {
        throw .badValue(option: name, value: text, needed: needed)
      }
      return try checked(.double(number))
    case .choice, .string, .path:
      return try checked(.string(text))
    case .list:
      let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return try checked(.list(words))
    case .numbers:
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
      let known = numbers.compactMap { $0 }
      guard known.count == numbers.count else {
        throw .badValue(option: name, value: text, needed: needed)
      }
      return try checked(.numbers(known))
    }
  }

  /// `value` if it is of the option's kind and range; throws what is wrong with it.
  package func checked(_ value: OptionValue) throws(OptionError) -> OptionValue {
    let fits =
      switch (kind, value) {
      case (.flag, .flag): true
      case (.int(let range), .int(let number)): range.contains(number)
      case (.double(let range), .double(let number)): range.contains(number)
      case (.choice(let choices), .string(let word)): choices.contains(word)
      case (.string, .string), (.path, .string): value != .string("")
      case (.list, .list(let words)): !words.isEmpty && !words.contains("")
      case (.numbers(let count, let range, let whole), .numbers(let numbers)):
        numbers.count == count
          && numbers.allSatisfy { range.contains($0) && (!whole || Int(exactly: $0) != nil) }
      default: false
      }
    guard fits else { throw .badValue(option: name, value: value.text, needed: needed) }
    return value
  }

  /// What a value must be, in words.
  package var needed: String {
    switch kind {
    case .flag: "true or false is needed"
    case .int(let range):
      "a whole number"
        + Self.bounds(range, lowest: .min, highest: .max) { OptionValue.int($0) } + " is needed"
    case .double(let range): "a number\(Self.bounds(range)) is needed"
    case .choice(let choices): "one of \(choices.joined(separator: ", ")) is needed"
    case .string: "a text is needed"
    case .path: "a path is needed"
    case .list: "words separated by commas are needed"
    case .numbers(let count, let range, let whole):
      "\(count) \(whole ? "whole " : "")numbers\(Self.bounds(range)) are needed, as \(placeholder)"
    }
  }

  private static func bounds(_ range: ClosedRange<Double>) -> String {
    bounds(range, lowest: -.greatestFiniteMagnitude, highest: .greatestFiniteMagnitude) {
      OptionValue.double($0)
    }
  }

  /// The bounds as they would be typed, those that do bound.
  private static func bounds<Number: Comparable>(
    _ range: ClosedRange<Number>, lowest: Number, highest: Number,
    _ typed: (Number) -> OptionValue
  ) -> String {
    let (least, most) = (typed(range.lowerBound).text, typed(range.upperBound).text)
    return switch (range.lowerBound > lowest, range.upperBound < highest) {
    case (true, true): " from \(least) to \(most)"
    case (true, false): " of at least \(least)"
    case (false, true): " of at most \(most)"
    case (false, false): ""
    }
  }
}

/// The value of one option.
package enum OptionValue: Sendable, Hashable {
  case flag(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case list([String])
  case numbers([Double])

  /// As it would be typed on a command line.
  package var text: String {
    switch self {
    case .flag(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .double(let value):
      Int(exactly: value).map(String.init) ?? value.description
    case .string(let value): value
    case .list(let words): words.joined(separator: ",")
    case .numbers(let numbers):
      numbers.map { OptionValue.double($0).text }.joined(separator: ",")
    }
  }
}
