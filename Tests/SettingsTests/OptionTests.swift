import Settings
import Testing

private let steps = Setting.int("steps", in: 1 ... .max, "Stop after this many steps.")
private let rate = Setting.double("lr", default: 0.001, in: 0...10, "Step size.")
private let neighbours = Setting.int(
  "neighbours", short: "k", default: 10, in: 1...100, "How many.")
private let resume = Setting.flag("resume", "Go on.")
private let cache = Setting.flag("cache", default: true, "Do without the cache.")
private let optimizer = Setting.choice("optimizer", ["adamw", "sgd"], default: "adamw", "Rule.")
private let objectives = Setting.list("objectives", default: ["walk=1"], "Weights.")
private let out = Setting.requiredPath("out", "The run folder.", placeholder: "RUN")
private let note = Setting.string("note", "Free text.")
private let shift = Setting.numbers(
  "shift", count: 2, in: -0.5...4, "How far.", placeholder: "DX,DY")
private let temperature = Setting.double(
  "walk.temperature", default: 0.05, in: 0.001...10, "Softness.")

private let syntax = ArgumentSyntax(
  command: "palindrome work", summary: "Works.",
  positional: Positional("FOLDER", count: 1 ... .max, "Folders of videos."),
  groups: [
    OptionGroup(
      "options",
      [
        steps.option, rate.option, neighbours.option, resume.option, cache.option,
        optimizer.option, objectives.option, out.option, note.option, shift.option,
      ]),
    OptionGroup("walk", [temperature.option]),
  ])

@Suite struct OptionTests {
  @Test func readsEveryForm() throws {
    let parsed = try syntax.parse([
      "a", "--steps", "5", "--lr=0.5", "-k3", "--resume", "--no-cache", "--optimizer", "sgd",
      "--objectives", "walk=1,av=0.5", "--out=--odd", "--walk.temperature", "0.1", "--", "--b",
    ])
    let values = parsed.values
    #expect(parsed.positionals == ["a", "--b"])
    #expect(values[steps] == 5)
    #expect(values[rate] == 0.5)
    #expect(values[neighbours] == 3)
    #expect(values[resume])
    #expect(!values[cache])
    #expect(values[optimizer] == "sgd")
    #expect(values[objectives] == ["walk=1", "av=0.5"])
    #expect(values[out] == "--odd")
    #expect(values[temperature] == 0.1)
  }

  @Test func defaultsStandWhereNothingIsGiven() throws {
    let values = try syntax.parse(["a", "--out", "r"]).values
    #expect(values[steps] == nil)
    #expect(values[rate] == 0.001)
    #expect(values[cache])
    #expect(values[objectives] == ["walk=1"])
    #expect(values[note] == nil)
    #expect(!values.isGiven(rate))
    #expect(values.isGiven(out))
    #expect(values[temperature] == 0.05)
  }

  @Test func negativeValuesAreValues() throws {
    #expect(try syntax.parse(["a", "--out", "r", "--note", "-5"]).values[note] == "-5")
  }

  /// Which of two values was meant nobody can tell; a flag that says the same again is no question.
  @Test(arguments: [
    (["--out", "s"], "--out is given twice; leave one of them out"),
    (["-k", "1", "--neighbours=1"], "--neighbours is given twice; leave one of them out"),
    (["--objectives", "walk", "--objectives", "av"], "--objectives is given twice"),
    (["--cache", "--no-cache"], "--cache is given twice"),
  ])
  func anOptionStandsOnce(_ more: [String], _ message: String) throws {
    let error = #expect(throws: OptionError.self) { try syntax.parse(["a", "--out", "r"] + more) }
    #expect(error?.description.hasPrefix(message) == true)
    #expect(try syntax.parse(["a", "--out", "r", "--resume", "--resume"]).values[resume])
  }

  @Test func helpWinsOverWhatIsMissing() throws {
    #expect(try syntax.parse(["--help"]).wantsHelp)
    #expect(try syntax.parse(["-h"]).wantsHelp)
  }

  @Test(arguments: [
    (["a", "--stpes", "5"], "unknown option --stpes; did you mean --steps?"),
    (
      ["a", "--temperature", "5"], "unknown option --temperature; did you mean --walk.temperature?"
    ),
    (["a", "--no-cahce"], "unknown option --no-cahce; did you mean --no-cache?"),
    (["a", "-steps"], "unknown option -steps; did you mean --steps?"),
    (["a", "--qqqqqqq"], "unknown option --qqqqqqq; --help lists the options"),
    (["a", "--steps"], "--steps has no value; write --steps N"),
    (["a", "--steps", "--resume"], "--steps has no value; write --steps N"),
    (["a", "--steps", "0"], "--steps 0: a whole number of at least 1 is needed"),
    (["a", "--steps", "1.5"], "--steps 1.5: a whole number of at least 1 is needed"),
    (
      ["a", "--steps=99999999999999999999"],
      "--steps 99999999999999999999: a whole number of at least 1 is needed"
    ),
    (["a", "--lr", "nan"], "--lr nan: a number from 0 to 10 is needed"),
    (["a", "--lr", "inf"], "--lr inf: a number from 0 to 10 is needed"),
    (["a", "--shift", "9,1"], "--shift 9,1: 2 numbers from -0.5 to 4 are needed, as DX,DY"),
    (["a", "--note="], "--note '': a text is needed"),
    (["a", "--optimizer", "adam"], "--optimizer adam: one of adamw, sgd is needed"),
    (
      ["a", "--objectives", "walk,,av"],
      "--objectives walk,,av: words separated by commas are needed"
    ),
    (["a", "--resume=yes"], "--resume takes no value; write --resume or leave it out"),
    (["a"], "--out is missing; add --out RUN"),
    (["--out", "r"], "FOLDER is missing; --help shows the usage"),
  ])
  func saysWhatIsWrong(_ arguments: [String], _ message: String) {
    let error = #expect(throws: OptionError.self) { try syntax.parse(arguments) }
    #expect(error?.description == message)
  }

  /// An argument of a few words names them, and the one that was probably meant.
  @Test(arguments: [
    (["gemn"], "NAME gemn: one of gemm, decode is needed; did you mean gemm?"),
    (["gemm", "x"], "NAME x: one of gemm, decode is needed"),
    ([], "NAME is missing; give one of gemm, decode"),
  ])
  func wordsAreChecked(_ arguments: [String], _ message: String) throws {
    let syntax = ArgumentSyntax(
      command: "palindrome time", summary: "Times.",
      positional: Positional("NAME", count: 1...2, choices: ["gemm", "decode"], "What."),
      groups: [])
    let error = #expect(throws: OptionError.self) { try syntax.parse(arguments) }
    #expect(error?.description == message)
    #expect(try syntax.parse(["decode", "gemm"]).positionals == ["decode", "gemm"])
    #expect(syntax.help().contains("What. One of gemm, decode."))
  }

  @Test func anOptionCanBeRequiredInOnePlace() {
    let syntax = ArgumentSyntax(
      command: "palindrome work", summary: "Works.",
      groups: [OptionGroup("options", [note.option.required])])
    #expect(syntax.help().contains("usage: palindrome work --note TEXT\n"))
    #expect(syntax.help().contains("Free text. (required)"))
    let error = #expect(throws: OptionError.self) { try syntax.parse([]) }
    #expect(error?.description == "--note is missing; add --note TEXT")
  }

  @Test func helpIsNarrowAndComplete() {
    let help = syntax.help(width: 80)
    for option in syntax.options { #expect(help.contains(option.name)) }
    #expect(help.contains("(default 0.001)"))
    #expect(help.contains("-k, --neighbours N"))
    #expect(help.contains("--no-cache"))
    #expect(help.contains("usage: palindrome work FOLDER... --out RUN [options]"))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func settingsSurviveJSON() throws {
    let values = try syntax.parse([
      "a", "--out", "r", "--lr", "2", "--no-cache", "--walk.temperature", "1",
    ])
    .values
    let text = JSONValue.object(values.json(syntax.options)).text(indented: true)
    let members = try #require(JSONValue.parse(text).object)
    let read = try OptionValues(json: members, options: syntax.options)
    #expect(read[rate] == 2)
    #expect(!read[cache])
    #expect(read[optimizer] == "adamw")
    #expect(read[temperature] == 1)
    #expect(read.json(syntax.options) == members)
    let over = try syntax.parse(["a", "--out", "r", "--lr", "3"]).values
    #expect(read.overridden(by: over)[rate] == 3)
    #expect(!read.overridden(by: over)[cache])
  }

  @Test(arguments: [
    #"{"stpes": 1}"#, #"{"steps": "1"}"#, #"{"steps": 0}"#, #"{"lr": 11}"#, #"{"cache": 1}"#,
    #"{"objectives": [1]}"#, #"{"objectives": "walk"}"#, #"{"optimizer": "adam"}"#,
    #"{"steps": null}"#,
  ])
  func badConfigIsRefused(_ text: String) throws {
    let members = try #require(JSONValue.parse(text).object)
    #expect(throws: OptionError.self) {
      try OptionValues(json: members, options: syntax.options)
    }
  }

  @Test func distances() {
    #expect(editDistance("", "abc") == 3)
    #expect(editDistance("stpes", "steps") == 1)
    #expect(editDistance("kitten", "sitting") == 3)
    #expect(nearestWord(to: "pretrian", among: ["scan", "pretrain"]) == "pretrain")
    #expect(nearestWord(to: "x", among: ["pretrain"]) == nil)
  }
}
