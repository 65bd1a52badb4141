import ClipData
import Testing

@testable import palindrome

/// What the options of `pretrain` come to.
@Suite struct PretrainSettingsTests {
  /// From where they have come to their least share a loss that stands still is told, in the runs of every preset.
  @Test func returnViewsGetHarderUntilTheirLeastShare() throws {
    let clips = try configuration("").clips
    #expect(clips.returnView && (clips.returnShift ?? 0) > 0 && clips.returnHalving != nil)
    #expect(clips.isGettingHarder(at: 0) && clips.isGettingHarder(at: 2600))
    #expect(!clips.isGettingHarder(at: 2610) && !clips.isGettingHarder(at: 1_000_000))
    // Where the share stays the same they stray to the same step.
    for scale in ["0.5", "0.3"] {
      let straying = try configuration("--return-scale " + scale).clips
      #expect(straying.isGettingHarder(at: 2600) && !straying.isGettingHarder(at: 2610))
    }
    for still in ["--return-halving 0", "--return-scale 0.5 --return-shift 0"] {
      #expect(try !configuration(still).clips.isGettingHarder(at: 0))
    }
  }

  @Test func ofOneVideoAloneOnlyTheWalkLearns() throws {
    for objectives in ["", " --objectives walk,temporal", " --objectives sound"] {
      #expect(throws: CommandFailure.self) { try configuration("--batch 1" + objectives) }
    }
    #expect(try configuration("--batch 1 --objectives walk").clips.videos == 1)
  }

  /// A stretch holds two clips, however slow they are.
  @Test(arguments: [
    ("", 16.0), ("--frames 8 --rate 1", 16), ("--frames 32 --rate 1", 64),
    ("--frames 32 --rate 0.1", 600),
  ]) func stretchesHoldTheirClips(_ words: String, _ seconds: Double) throws {
    let clips = try configuration(words).clips
    #expect(clips.segmentSeconds == seconds && clips.complaint == nil)
    let stretch = SegmentPlan.request(0, duration: 3600, clips).duration
    #expect(stretch * clips.rate >= Double(clips.frames))
  }

  /// Without negatives there is nothing to divide or to keep.
  @Test(arguments: ["temporal", "sound"]) func whatBYOLHasNoUseForIsRefused(
    _ name: String
  ) throws {
    let byol = "--objectives \(name) --\(name).method byol"
    #expect(try configuration(byol).objectives.map { $0.type.name } == [name])
    for idle in ["--\(name).queue 64", "--\(name).temperature 0.2"] {
      #expect(try configuration("--objectives \(name) " + idle).objectives.count == 1)
      #expect(throws: CommandFailure.self) { try configuration(byol + " " + idle) }
    }
  }
}
