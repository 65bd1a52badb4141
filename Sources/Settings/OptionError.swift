/// What is wrong with the options or arguments that were given; its description is one line with the mend.
package enum OptionError: Error, Hashable, CustomStringConvertible {
  case unknown(option: String, suggestion: String?)
  case badValue(option: String, value: String, needed: String)
  case missingValue(option: String, placeholder: String)
  case valueForFlag(option: String)
  case repeated(option: String)
  case missingOption(option: String, placeholder: String)
  /// `choices` are the words that it may be; empty for any text.
  case missingArgument(name: String, choices: [String])
  /// An argument that is none of the words that it may be.
  case unknownWord(value: String, name: String, choices: [String])
  case extraArgument(value: String)

  package var description: String {
    switch self {
    case .unknown(let option, let suggestion):
      if let suggestion {
        "unknown option \(Self.dashed(option)); did you mean \(Self.dashed(suggestion))?"
      } else {
        "unknown option \(Self.dashed(option)); --help lists the options"
      }
    case .badValue(let option, let value, let needed):
      "\(Self.dashed(option)) \(value.isEmpty ? "''" : value): \(needed)"
    case .missingValue(let option, let placeholder):
      "\(Self.dashed(option)) has no value; write \(Self.dashed(option)) \(placeholder)"
    case .valueForFlag(let option):
      "--\(option) takes no value; write --\(option) or leave it out"
    case .repeated(let option):
      "\(Self.dashed(option)) is given twice; leave one of them out"
    case .missingOption(let option, let placeholder):
      "\(Self.dashed(option)) is missing; add \(Self.dashed(option)) \(placeholder)"
    case .missingArgument(let name, let choices):
      choices.isEmpty
        ? "\(name) is missing; --help shows the usage"
        : "\(name) is missing; give one of \(choices.joined(separator: ", "))"
    case .unknownWord(let value, let name, let choices):
      "\(name) \(value.isEmpty ? "''" : value): one of \(choices.joined(separator: ", ")) is needed"
        + (nearestWord(to: value, among: choices).map { "; did you mean \($0)?" } ?? "")
    case .extraArgument(let value):
      "'\(value)' is one argument too many; --help shows the usage"
    }
  }

  /// Names that were typed with one dash keep it.
  private static func dashed(_ name: String) -> String {
    name.hasPrefix("-") ? name : "--" + name
  }
}
