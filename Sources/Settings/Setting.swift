/// An option together with the Swift type of its value: the key with which `OptionValues` is read.
///
/// ```swift
/// static let temperature = Setting.double("temperature", default: 0.05, in: 0.001...10, "…")
/// static let options = [temperature.option]
/// let t = values[Self.temperature]  // Double
/// ```
/// Without `default:` the value is optional, and nil where the option is not given.
package struct Setting<Value: Sendable>: Sendable {
  package let option: Option
  /// The value where the option was not given.
  package let fallback: Value
  let read: @Sendable (OptionValue) -> Value?
}

extension Setting where Value == Bool {
  /// A switch, off unless `default` says otherwise.
  package static func flag(
    _ name: String, short: Character? = nil, default fallback: Bool = false, _ help: String
  ) -> Setting {
    Setting(
      option: Option(name, short: short, kind: .flag, default: .flag(fallback), help: help),
      fallback: fallback,
      read: { if case .flag(let value) = $0 { value } else { nil } })
  }
}

extension Setting where Value == Int {
  /// A whole number within `range`.
  package static func int(
    _ name: String, short: Character? = nil, default fallback: Int,
    in range: ClosedRange<Int> = .min ... .max, _ help: String, placeholder: String = "N"
  ) -> Setting {
    Setting(
      option: Option(
        name, short: short, kind: .int(range), default: .int(fallback), help: help,
        placeholder: placeholder),
      fallback: fallback, read: { $0.asInt })
  }
}

extension Setting where Value == Int? {
  /// A whole number within `range`, or none.
  package static func int(
    _ name: String, short: Character? = nil, in range: ClosedRange<Int> = .min ... .max,
    _ help: String, placeholder: String = "N"
  ) -> Setting {
    Setting(
      option: Option(
        name, short: short, kind: .int(range), help: help, placeholder: placeholder),
      fallback: nil, read: { $0.asInt })
  }
}

extension Setting where Value == Double {
  /// A finite number within `range`.
  package static func double(
    _ name: String, default fallback: Double, in range: ClosedRange<Double> = .anyFinite,
    _ help: String, placeholder: String = "X"
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .double(range), default: .double(fallback), help: help,
        placeholder: placeholder),
      fallback: fallback, read: { $0.asDouble })
  }
}

extension Setting where Value == Double? {
  /// A finite number within `range`, or none.
  package static func double(
    _ name: String, in range: ClosedRange<Double> = .anyFinite, _ help: String,
    placeholder: String = "X"
  ) -> Setting {
    Setting(
      option: Option(name, kind: .double(range), help: help, placeholder: placeholder),
      fallback: nil, read: { $0.asDouble })
  }
}

extension Setting where Value == String {
  /// One of `choices`.
  package static func choice(
    _ name: String, _ choices: [String], default fallback: String, _ help: String
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .choice(choices), default: .string(fallback), help: help,
        placeholder: choices.joined(separator: "|")),
      fallback: fallback, read: { $0.asString })
  }

  /// A text.
  package static func string(
    _ name: String, default fallback: String, _ help: String, placeholder: String = "TEXT"
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .string, default: .string(fallback), help: help, placeholder: placeholder),
      fallback: fallback, read: { $0.asString })
  }

  /// A path with which the command cannot do without: parsing fails where it is missing.
  package static func requiredPath(
    _ name: String, _ help: String, placeholder: String = "PATH"
  ) -> Setting {
    Setting(
      option: Option(name, kind: .path, required: true, help: help, placeholder: placeholder),
      fallback: "", read: { $0.asString })
  }
}

extension Setting where Value == String? {
  /// One of `choices`, or none.
  package static func choice(
    _ name: String, _ choices: [String], _ help: String
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .choice(choices), help: help, placeholder: choices.joined(separator: "|")),
      fallback: nil, read: { $0.asString })
  }

  /// A text, or none.
  package static func string(
    _ name: String, _ help: String, placeholder: String = "TEXT"
  ) -> Setting {
    Setting(
      option: Option(name, kind: .string, help: help, placeholder: placeholder),
      fallback: nil, read: { $0.asString })
  }

  /// A path, or none.
  package static func path(
    _ name: String, _ help: String, placeholder: String = "PATH"
  ) -> Setting {
    Setting(
      option: Option(name, kind: .path, help: help, placeholder: placeholder),
      fallback: nil, read: { $0.asString })
  }
}

extension Setting where Value == [String] {
  /// Words separated by commas; an empty `default` means none.
  package static func list(
    _ name: String, default fallback: [String] = [], _ help: String,
    placeholder: String = "A,B"
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .list, default: fallback.isEmpty ? nil : .list(fallback), help: help,
        placeholder: placeholder),
      fallback: fallback,
      read: { if case .list(let words) = $0 { words } else { nil } })
  }
}

extension Setting where Value == [Double] {
  /// So many numbers within `range`; an empty `default` means none.
  package static func numbers(
    _ name: String, count: Int, default fallback: [Double] = [],
    in range: ClosedRange<Double> = .anyFinite, whole: Bool = false, _ help: String,
    placeholder: String
  ) -> Setting {
    Setting(
      option: Option(
        name, kind: .numbers(count: count, range, whole: whole),
        default: fallback.isEmpty ? nil : .numbers(fallback), help: help, placeholder: placeholder),
      fallback: fallback,
      read: { if case .numbers(let numbers) = $0 { numbers } else { nil } })
  }
}

extension OptionValue {
  fileprivate var asInt: Int? { if case .int(let value) = self { value } else { nil } }
  fileprivate var asDouble: Double? { if case .double(let value) = self { value } else { nil } }
  fileprivate var asString: String? { if case .string(let value) = self { value } else { nil } }
}

extension ClosedRange where Bound == Double {
  /// Every number that is not infinite.
  package static var anyFinite: Self {
    -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
  }
}
