import Settings

/// One command of the command line: what it can be given, and what it does. A command is one file and
/// one line in `Palindrome.commands`.
protocol Command: SendableMetatype {
  /// The word after `palindrome`.
  static var name: String { get }
  /// One line for the list of commands.
  static var summary: String { get }
  /// Arguments and options besides the common ones.
  static var syntax: ArgumentSyntax { get }
  /// Does the work. Errors that are thrown end the process with one line and `exitStatus(of:)`.
  static func run(_ invocation: Invocation) throws -> ExitStatus
}

/// A command with what it was given.
struct Invocation: Sendable {
  let values: OptionValues
  let positionals: [String]
  let console: Console
  let decoding: Decoding

  var seed: UInt64 { UInt64(values[CommonOptions.seed]) }
  /// Whether the result is wanted as one JSON object.
  var wantsJSON: Bool { values[CommonOptions.json] }
}

/// The options that every command has.
enum CommonOptions {
  static let threads = Setting.int(
    "threads", in: 1...1024, "Threads to work with. By default all cores.")
  static let seed = Setting.int(
    "seed", default: 0, in: 0 ... .max, "The number that every random draw follows from.",
    placeholder: "S")
  static let json = Setting.flag("json", "Write the result as one JSON object.")
  static let quiet = Setting.flag("quiet", "Write nothing but results and errors.")

  static let group = OptionGroup(
    "common options", [threads.option, seed.option, json.option, quiet.option])
}
