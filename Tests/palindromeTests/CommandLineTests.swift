import Foundation
import Settings
import Testing

@Suite struct CommandLineTests {
  @Test func helpGoesToStandardOutput() throws {
    for words in [["--help"], ["-h"], ["help"]] {
      let outcome = try Binary.shell("exec \"$0\" \"$@\"", words)
      #expect(outcome.status == 0)
      #expect(outcome.output.hasPrefix("usage: palindrome COMMAND"))
      #expect(outcome.errors.isEmpty)
    }
  }

  @Test func nothingAskedForIsWrongUsage() throws {
    let outcome = try Binary.run()
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("commands:"))
  }

  @Test func everyListedCommandDescribesItself() throws {
    let listing = try Binary.run("--help").output
    let block = listing.components(separatedBy: "commands:\n").last?
      .components(separatedBy: "\n\n").first
    let names = try #require(block).split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(names.contains("scan"))
    for name in names {
      for words in [[name, "--help"], ["help", name], [name, "-h"]] {
        let outcome = try Binary.shell("exec \"$0\" \"$@\"", words)
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("usage: palindrome \(name)"))
        for option in ["--threads", "--seed", "--json", "--quiet"] {
          #expect(outcome.output.contains(option))
        }
        let widest = outcome.output.split(separator: "\n").map(\.count).max() ?? 0
        #expect(widest <= 100, "\(name): a line of \(widest) columns")
      }
    }
  }

  @Test func versionIsOneLine() throws {
    let outcome = try Binary.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 1)
    #expect(outcome.output.hasPrefix("palindrome "))
  }

  @Test(arguments: [
    (["scna"], "palindrome: unknown command scna; did you mean scan?"),
    (["xyzzy"], "palindrome: unknown command xyzzy; palindrome --help lists the commands"),
    (["--verison"], "palindrome: unknown option --verison; palindrome --help lists the commands"),
    (
      ["scan", "--thraeds", "2", "x"],
      "palindrome: unknown option --thraeds; did you mean --threads?"
    ),
    (
      ["scan", "--threads", "0", "x"],
      "palindrome: --threads 0: a whole number from 1 to 1024 is needed"
    ),
    (["scan"], "palindrome: FOLDER is missing; --help shows the usage"),
    (["scan", "--seed"], "palindrome: --seed has no value; write --seed S"),
    (
      ["evaluate", "davs"],
      "palindrome: WHAT davs: one of davis, masks, points is needed; did you mean davis?"
    ),
    (
      ["bench", "gemn"],
      "palindrome: NAME gemn: one of gemm, conv, train-step, encode, walk, decode, open, propagate, checkpoint is needed; "
        + "did you mean gemm?"
    ),
    (
      ["bench", "propagate", "--grid", "0", "8", "8"],
      "palindrome: --grid 0,8,8: 3 whole numbers from 1 to 4096 are needed, as H W C"
    ),
    (["track", "--video", "v", "--out", "o"], "palindrome: --model is missing; add --model M"),
    (
      ["evaluate", "davis", "--root", "r"], "palindrome: --model is missing; add --model M"
    ),
    (
      ["evaluate", "masks", "--truth", "t", "--results", "r", "--height", "240"],
      "palindrome: --height has no part in evaluate masks; leave it out"
    ),
  ])
  func wrongUsageIsOneLineWithTheMend(_ words: [String], _ line: String) throws {
    let outcome = try Binary.shell("exec \"$0\" \"$@\"", words)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors == line + "\n")
  }

  @Test func fullDiskIsAnInputOutputError() throws {
    let outcome = try Binary.shell("exec \"$0\" --help >/dev/full")
    #expect(outcome.status == 74)
    #expect(outcome.errorLines.count == 1)
  }

  @Test func closedReaderIsNoFailure() throws {
    let outcome = try Binary.shell("{ \"$0\" --help; echo $? >&2; } | true")
    #expect(outcome.errors == "0\n")
  }

  @Test func closedStreamsDoNoHarm() throws {
    #expect(try Binary.shell("exec \"$0\" --help <&- >&- 2>&-").status == 0)
  }
}
