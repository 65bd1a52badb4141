/// Options that stand under one heading of the help.
package struct OptionGroup: Sendable {
  package var title: String
  package var options: [Option]

  package init(_ title: String, _ options: [Option]) {
    self.title = title
    self.options = options
  }
}

/// The argument without dashes that a command takes, once or many times.
package struct Positional: Sendable {
  package var name: String
  package var help: String
  /// How many are allowed.
  package var count: ClosedRange<Int>
  /// The words that it may be; empty for any text.
  package var choices: [String]

  package init(
    _ name: String, count: ClosedRange<Int> = 1...1, choices: [String] = [], _ help: String
  ) {
    self.name = name
    self.help = help
    self.count = count
    self.choices = choices
  }
}

/// All that a command can be given, from which its parsing and its help follow.
package struct ArgumentSyntax: Sendable {
  /// The words before the arguments, such as `palindrome scan`.
  package var command: String
  /// What the command does: one paragraph.
  package var summary: String
  package var positional: Positional?
  package var groups: [OptionGroup]
  /// Lines to try, shown at the end of the help.
  package var examples: [String]

  package init(
    command: String, summary: String, positional: Positional? = nil, groups: [OptionGroup],
    examples: [String] = []
  ) {
    self.command = command
    self.summary = summary
    self.positional = positional
    self.groups = groups
    self.examples = examples
  }

  package var options: [Option] { groups.flatMap(\.options) }
}

/// What a command was given.
package struct ParsedArguments: Sendable {
  package var values = OptionValues()
  package var positionals: [String] = []
  /// `--help` or `-h` was met; nothing else has been checked then.
  package var wantsHelp = false

  package init() {}
}

extension ArgumentSyntax {
  /// Parses the arguments after the command's own words.
  ///
  /// Takes `--name value`, `--name=value`, `--flag`, `--no-flag`, `-k value`, `-kvalue`, and `--` after which
  /// nothing is an option. An option that stands twice is an error, but for a flag that says the same again.
  package func parse(_ arguments: [String]) throws(OptionError) -> ParsedArguments {
    var parsed = ParsedArguments()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" {
        parsed.wantsHelp = true
        return parsed
      } else if argument == "--" {
        parsed.positionals += rest
        break
      } else if argument.hasPrefix("--") {
        try parseLong(argument.dropFirst(2), &rest, into: &parsed.values)
      } else if argument.hasPrefix("-"), argument != "-" {
        try parseShort(argument, &rest, into: &parsed.values)
      } else {
        parsed.positionals.append(argument)
      }
    }
    try checkPresence(parsed)
    return parsed
  }

  private func parseLong(
    _ text: Substring, _ rest: inout ArraySlice<String>, into values: inout OptionValues
  ) throws(OptionError) {
    let equals = text.firstIndex(of: "=")
    let name = String(text[..<(equals ?? text.endIndex)])
    let attached = equals.map { String(text[text.index(after: $0)...]) }
    if let option = options.first(where: { $0.name == name }) {
      if option.kind == .flag {
        guard attached == nil else { throw .valueForFlag(option: name) }
        try values.take(.flag(true), for: option)
      } else {
        let text = if let attached { attached } else { try next(for: option, name, &rest) }
        try values.take(try option.value(from: text), for: option)
      }
      return
    }
    let positive = String(name.dropFirst(3))
    if name.hasPrefix("no-"),
      let option = options.first(where: { $0.name == positive && $0.kind == .flag })
    {
      guard attached == nil else { throw .valueForFlag(option: name) }
      return try values.take(.flag(false), for: option)
    }
    throw .unknown(option: name, suggestion: nearestWord(to: name, among: typedNames))
  }

  private func parseShort(
    _ argument: String, _ rest: inout ArraySlice<String>, into values: inout OptionValues
  ) throws(OptionError) {
    let letter = argument.dropFirst().first
    guard let option = options.first(where: { $0.short != nil && $0.short == letter }) else {
      let meant = options.first { "-" + $0.name == argument }?.name
      throw .unknown(option: argument, suggestion: meant)
    }
    let attached = argument.dropFirst(2)
    if option.kind == .flag {
      guard attached.isEmpty else { throw .unknown(option: argument, suggestion: option.name) }
      try values.take(.flag(true), for: option)
    } else {
      let text = attached.isEmpty ? try next(for: option, argument, &rest) : String(attached)
      try values.take(try option.value(from: text), for: option)
    }
  }

  /// The argument after an option as its value. What begins with two dashes is another option; a value
  /// like that can be attached with `=`.
  private func next(
    for option: Option, _ typed: String, _ rest: inout ArraySlice<String>
  ) throws(OptionError) -> String {
    guard let value = rest.first, !value.hasPrefix("--") else {
      throw .missingValue(option: typed, placeholder: option.placeholder)
    }
    rest.removeFirst()
    guard case .numbers(let count, _, _) = option.kind, !value.contains(",") else { return value }
    // Each an argument of its own.
    var words = [value]
    while words.count < count, let word = rest.first, Double(word) != nil {
      words.append(word)
      rest.removeFirst()
    }
    return words.joined(separator: ",")
  }

  private func checkPresence(_ parsed: ParsedArguments) throws(OptionError) {
    let allowed = positional?.count ?? 0...0
    if parsed.positionals.count > allowed.upperBound {
      throw .extraArgument(value: parsed.positionals[allowed.upperBound])
    }
    if let positional, parsed.positionals.count < allowed.lowerBound {
      throw .missingArgument(name: positional.name, choices: positional.choices)
    }
    if let positional, !positional.choices.isEmpty {
      for word in parsed.positionals where !positional.choices.contains(word) {
        throw .unknownWord(value: word, name: positional.name, choices: positional.choices)
      }
    }
    for option in options where option.isRequired && parsed.values[option.name] == nil {
      throw .missingOption(option: option.name, placeholder: option.placeholder)
    }
  }

  private var typedNames: [String] {
    options.map(\.name) + ["help"] + options.filter { $0.kind == .flag }.map { "no-" + $0.name }
  }
}

extension OptionValues {
  /// Puts in what was typed; throws where the option was typed before.
  fileprivate mutating func take(_ value: OptionValue, for option: Option) throws(OptionError) {
    if let known = self[option.name] {
      guard option.kind == .flag, known == value else { throw .repeated(option: option.name) }
    }
    self[option.name] = value
  }
}
