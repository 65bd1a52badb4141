import Settings
import Training

/// `palindrome report RUN`: writes a run's HTML report again.
enum ReportCommand: Command {
  static let name = "report"
  static let summary = "write the HTML report of a run again"

  static let syntax = ArgumentSyntax(
    command: "palindrome report",
    summary: """
      Writes report.html into a run folder from its metrics and its newest complete checkpoint.
      """,
    positional: Positional("RUN", "The run folder."),
    groups: [],
    examples: ["palindrome report runs/first"])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    for run in invocation.positionals {
      for note in try RunReport.write(run) { invocation.console.note(note) }
      let path = run + "/report.html"
      invocation.console.result(
        invocation.wantsJSON
          ? JSONValue.object(JSONObject([("report", .string(path))])).text() : path)
    }
    return .done
  }
}
