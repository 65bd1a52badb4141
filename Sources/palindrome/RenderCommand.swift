import Settings

/// `palindrome render`: writes the sample clips.
enum RenderCommand: Command {
  static let name = "render"
  static let summary = "render the sample clips: labelled videos whose sound follows what is seen"

  private static let out = Setting.string(
    "out", default: "clips", "The folder to write.", placeholder: "FOLDER")

  static let syntax = ArgumentSyntax(
    command: "palindrome render",
    summary: """
      Writes labelled clips drawn from the seed: H.264 and AAC in MP4 by class, labels.csv, few.csv \
      (two clips a class), test.csv (clips held out), and a DAVIS tree of sequences with exact masks \
      below davis/. The same seed gives the same files on the same machine.
      """,
    groups: [OptionGroup("options", [out.option])],
    examples: ["palindrome render --out clips"])

  static func run(_ invocation: Invocation) throws -> ExitStatus {
    let folder = invocation.values[out]
    let rendered = RenderedFolder(seed: invocation.seed)
    let console = invocation.console
    let count = try rendered.write(to: folder) { done, all in
      console.progress(isLast: done == all, "rendered \(done) of \(all)")
    }
    if invocation.wantsJSON {
      console.result(
        JSONValue.object(JSONObject([("folder", .string(folder)), ("files", .integer(count))]))
          .text())
    } else {
      console.result("\(folder): \(count) files")
    }
    return .done
  }
}
