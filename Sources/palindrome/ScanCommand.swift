import ClipData
import Settings

/// `palindrome scan FOLDER`: looks at every file below a folder and says what can be used, and why the
/// rest cannot.
enum ScanCommand: Command {
  static let name = "scan"
  static let summary = "list every file of a folder with its verdict and the reason"

  private static let all = Setting.flag(
    "all",
    "List the files that are not media one by one too. Without it they are counted by their kind.")

  static let syntax = ArgumentSyntax(
    command: "palindrome scan",
    summary: """
      Probes every file below the folders: duration, frame rate, size, codecs, and a verdict: ok, \
      partial (usable, with a warning), audioOnly, unreadable, refused, empty, or not media. \
      Changes nothing. Ends with status 66 where no file is a usable video.
      """,
    positional: Positional(
      "FOLDER", count: 1 ... .max, "Folder of videos, searched to the bottom, or a single file."),
    groups: [OptionGroup("options", [all.option]), DecodingOptions.group],
    examples: [
      "palindrome scan videos", "palindrome scan clip.mp4",
      "palindrome scan videos --json > index.json",
    ])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let console = invocation.console
    let source = try invocation.decoding.source()
    let index = try VideoIndex.build(folders: invocation.positionals, source: source) {
      done, total in
      console.progress("scan: \(done) of \(counted(total, "file"))")
    }
    console.endProgress()
    let report = ScanReport(index)
    let folders = invocation.positionals.joined(separator: ", ")
    guard !report.rows.isEmpty else {
      throw CommandFailure(
        .noInput, "\(folders): no files in it; put videos there or choose another folder")
    }
    if invocation.wantsJSON {
      console.result(report.json(folders: invocation.positionals).text())
    } else {
      report.lines(colour: console.showsColour, all: invocation.values[all])
        .forEach(console.result)
    }
    guard !index.videos.isEmpty else {
      throw CommandFailure(
        .noInput,
        "\(folders): no usable video among the files; put videos there or choose another folder")
    }
    return .done
  }
}
