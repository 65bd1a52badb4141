import Settings
import Testing
import Training

@testable import palindrome

/// The configuration of a run that was asked for in these words.
func configuration(_ words: String) throws -> TrainingConfiguration {
  let given = words.split(separator: " ").map(String.init)
  var syntax = PretrainCommand.syntax
  syntax.groups.append(CommonOptions.group)
  let values = try syntax.parse(["videos", "--out", "run"] + given).values
  return try PretrainOptions.configuration(values, seed: UInt64(values[CommonOptions.seed]))
}

/// What a resumed run was given otherwise is told as it is typed.
@Suite struct PretrainChangeTests {
  private func settings(_ words: String) throws -> JSONValue { try configuration(words).json() }

  @Test(arguments: [
    ("--steps 4", "--steps 6", "--steps 4, not --steps 6"),
    ("--steps 4", "--minutes 1.5", "--steps 4, not --minutes 1.5"),
    ("--preset tiny", "--preset small", "--preset tiny, not --preset small"),
    ("--seed 1", "--seed 2", "--seed 1, not --seed 2"),
    ("--batch 4", "--batch 8", "--batch 4, not --batch 8"),
    ("--lr 0.5", "--lr 0.25", "--lr 0.5, not --lr 0.25"),
    ("--optimizer adamw", "--optimizer sgd", "--optimizer adamw, not --optimizer sgd"),
    ("--ema 0.9", "--ema 0.5", "--ema 0.9, not --ema 0.5"),
    ("--clip-gradient 1", "--clip-gradient 2", "--clip-gradient 1, not --clip-gradient 2"),
    ("--flip", "--no-flip", "--flip, not --no-flip"),
    ("--nodes dense", "--nodes patches", "--nodes dense, not --nodes patches"),
    ("--size 64", "--size 96", "--size 64, not --size 96"),
    ("--nodes patches --grid 5", "--nodes patches --grid 6", "--grid 5, not --grid 6"),
    ("--padding zeros", "--padding reflect", "--padding zeros, not --padding reflect"),
    (
      "--objectives walk=1", "--objectives walk=1,av=2",
      "--objectives walk=1, not --objectives walk=1,av=2"
    ),
    ("--init a", "", "--init a, not without it"),
    ("--return-scale 0.25", "", "--return-scale 0.25, not --return-scale 0.15"),
    ("--return-halving 0", "", "--return-halving 0, not --return-halving 1500"),
    ("--return-shift 0", "", "--return-shift 0, not --return-shift 0.5"),
    ("--return-shift 0.25", "--return-shift 0", "--return-shift 0.25, not --return-shift 0"),
    (
      "--checkpoint-every 3", "--checkpoint-every 4",
      "--checkpoint-every 3, not --checkpoint-every 4"
    ),
    (
      "--walk.temperature 0.5", "--walk.temperature 0.25",
      "--walk.temperature 0.5, not --walk.temperature 0.25"
    ),
    // The clips of the two differ as well.
    (
      "--frames 3 --walk.home view", "--frames 3 --walk.home frame",
      "--walk.home view, not --walk.home frame"
    ),
  ])
  func isToldAsItIsTyped(_ was: String, _ now: String, _ words: String) throws {
    #expect(PretrainOptions.change(from: try settings(was), to: try settings(now)) == words)
  }

  @Test func nothingIsToldWhereNothingChanged() throws {
    #expect(PretrainOptions.change(from: try settings(""), to: try settings("")) == nil)
    // Views of a half and more in the clip's square have nothing to halve, as those of before had not.
    let now = "--return-scale 0.5 --return-shift 0"
    let before = now + " --return-halving 0"
    #expect(PretrainOptions.change(from: try settings(before), to: try settings(now)) == nil)
  }
}
