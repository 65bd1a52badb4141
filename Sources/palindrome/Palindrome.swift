import CProcess
import Foundation
import Settings
import TensorCore

/// The command line as a whole: finds the command, reads its arguments, runs it, reports its error.
enum Palindrome {
  static let version = "0.1.0"

  /// Every command, in the order of the help.
  static let commands: [any Command.Type] = [
    ScanCommand.self, RenderCommand.self, PretrainCommand.self, TrackCommand.self,
    EvaluateCommand.self, EmbedCommand.self, ProbeCommand.self, SelfTrainCommand.self,
    PredictCommand.self, SearchCommand.self, MapCommand.self,
    ExportCommand.self, ReportCommand.self, BenchCommand.self,
  ]

  /// Runs what `arguments` (without the program's name) ask for and returns the exit status.
  static func run(_ arguments: [String]) -> ExitStatus {
    prepareDescriptors()
    // A reader that goes away shows as a failed write instead of ending a long job.
    signal(SIGPIPE, SIG_IGN)
    // A file that may not grow (ulimit -f) shows likewise.
    signal(SIGXFSZ, SIG_IGN)
    cp_tell_exhaustion(ExitStatus.outOfMemory.rawValue)
    let console = Console(isQuiet: arguments.contains("--quiet"))
    do {
      let status = try dispatch(arguments, console)
      console.endProgress()
      try console.checkOutput()
      return status
    } catch {
      console.endProgress()
      console.error("palindrome: \(message(of: error))")
      return exitStatus(of: error)
    }
  }

  private static func dispatch(_ arguments: [String], _ console: Console) throws -> ExitStatus {
    guard let word = arguments.first else {
      for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
        console.error(String(line))
      }
      return .usage
    }
    switch word {
    case "--help", "-h", "help":
      return try showHelp(Array(arguments.dropFirst()), console)
    case "--version":
      console.result("palindrome \(version)")
      return .done
    default:
      let command = try command(named: word)
      let syntax = fullSyntax(of: command)
      let parsed = try syntax.parse(Array(arguments.dropFirst()))
      if parsed.wantsHelp {
        console.result(syntax.help())
        return .done
      }
      if let threads = parsed.values[CommonOptions.threads] { Threads.count = threads }
      let decoding = Decoding(parsed.values)
      defer { decoding.close() }
      return try command.run(
        Invocation(
          values: parsed.values, positionals: parsed.positionals, console: console,
          decoding: decoding))
    }
  }

  private static func showHelp(_ words: [String], _ console: Console) throws -> ExitStatus {
    guard let word = words.first else {
      console.result(help)
      return .done
    }
    console.result(fullSyntax(of: try command(named: word)).help())
    return .done
  }

  private static func command(named word: String) throws(CommandFailure) -> any Command.Type {
    if let command = commands.first(where: { $0.name == word }) { return command }
    let mend =
      nearestWord(to: word, among: commands.map { $0.name }).map { "did you mean \($0)?" }
      ?? "palindrome --help lists the commands"
    let kind = word.hasPrefix("-") ? "option" : "command"
    throw CommandFailure(.usage, "unknown \(kind) \(word); \(mend)")
  }

  private static func fullSyntax(of command: any Command.Type) -> ArgumentSyntax {
    var syntax = command.syntax
    syntax.groups.append(CommonOptions.group)
    return syntax
  }

  private static var help: String {
    let width = (commands.map { $0.name.count }.max() ?? 0) + 3
    let rows = commands.map { "  " + $0.name.padded(to: width) + $0.summary }
    return """
      usage: palindrome COMMAND ...

      Learns from a folder of videos that nobody labelled.

      commands:
      \(rows.joined(separator: "\n"))

      palindrome COMMAND --help   describes a command and its options
      palindrome --version        prints the version

      exit status: 0 done, 64 wrong usage, 65 bad data, 66 no input, 70 internal error,
        71 out of memory, 73 output cannot be created, 74 input/output error, 75 stopped by SIGTERM after saving,
        130 interrupted after saving
      """
  }

  /// A file opened on the number of a missing standard stream would get our messages.
  private static func prepareDescriptors() {
    for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == 0 ? O_RDONLY : O_WRONLY)
    }
  }
}
