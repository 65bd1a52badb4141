extension ArgumentSyntax {
  /// The text that `--help` prints; no line is wider than `width` columns.
  package func help(width: Int = 96) -> String {
    var lines = ["usage: " + usage, ""]
    lines += wrapped(summary, width: width)
    if let positional {
      lines += ["", "arguments:"]
      let words = positional.choices.joined(separator: ", ")
      lines += entry(
        positional.name, positional.help + (words.isEmpty ? "" : " One of \(words)."), width: width)
    }
    for group in groups where !group.options.isEmpty {
      lines += ["", group.title + ":"]
      for option in group.options {
        lines += entry(option.helpName, option.helpText, width: width)
      }
    }
    if !examples.isEmpty {
      lines += ["", "examples:"] + examples.map { "  " + $0 }
    }
    return lines.joined(separator: "\n")
  }

  private var usage: String {
    var words = [command]
    if let positional {
      let many = positional.count.upperBound > 1 ? positional.name + "..." : positional.name
      words.append(positional.count.lowerBound == 0 ? "[\(many)]" : many)
    }
    words += options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder)" }
    if options.contains(where: { !$0.isRequired }) { words.append("[options]") }
    return words.joined(separator: " ")
  }

  private func entry(_ name: String, _ text: String, width: Int) -> [String] {
    let column = 28
    let body = wrapped(text, width: width - column)
    let indent = String(repeating: " ", count: column)
    let head = "  " + name
    guard head.count + 2 <= column, let first = body.first else {
      return [head] + body.map { indent + $0 }
    }
    let padding = String(repeating: " ", count: column - head.count)
    return [head + padding + first] + body.dropFirst().map { indent + $0 }
  }
}

extension Option {
  /// `--name VALUE`, with the short form where there is one.
  fileprivate var helpName: String {
    let letter = short.map { "-\($0), " } ?? ""
    if kind != .flag { return "\(letter)--\(name) \(placeholder)" }
    return letter + (defaultValue == .flag(true) ? "--no-\(name)" : "--\(name)")
  }

  fileprivate var helpText: String {
    if isRequired { return help + " (required)" }
    if kind == .flag { return help }
    return defaultValue.map { "\(help) (default \($0.text))" } ?? help
  }
}

/// `text` broken at spaces into lines of at most `width` columns; a longer word stands alone.
package func wrapped(_ text: String, width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty, line.count + 1 + word.count > width {
      lines.append(line)
      line = ""
    }
    line += line.isEmpty ? String(word) : " " + word
  }
  if !line.isEmpty { lines.append(line) }
  return lines
}
