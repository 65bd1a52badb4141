import Settings
import Testing

@Suite struct BenchTests {
  @Test func aFolderWithoutVideosIsNoInput() throws {
    let folder = try TemporaryFolder()
    try folder.write("not a film", to: "broken.mp4")
    let outcome = try Binary.run("bench", "decode", "--folder", folder.path)
    #expect(outcome.status == 66)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(folder.path))
  }

  /// Opening and closing leaves nothing behind, within the program and with decoders. `bench open --cycles 10000` is
  /// the same for longer.
  @Test(arguments: ["off", "on"]) func openingLeavesNothing(_ isolation: String) throws {
    let outcome = try Binary.run(
      "bench", "open", "--folder", ShortRun.clips + "/ball", "--cycles", "300", "--isolation",
      isolation,
      "--threads", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let figures = try JSONValue.parse(outcome.output)
    #expect(figures["cycles"]?.int == 300)
    #expect(figures["descriptors_after"]?.int == figures["descriptors_before"]?.int)
    let before = try #require(figures["resident_before_mb"]?.double)
    let after = try #require(figures["resident_after_mb"]?.double)
    #expect(after < before + 8, "\(outcome.output)")
  }

  @Test func aCheckpointIsTimedBesideAPlainWrite() throws {
    let outcome = try Binary.run("bench", "checkpoint", "--preset", "tiny", "--steps", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let figures = try JSONValue.parse(outcome.output)
    #expect(figures["bytes"]?.int ?? 0 > 1 << 20)
    #expect(figures["save_s"]?.double ?? 0 > 0 && figures["plain_write_s"]?.double ?? 0 > 0)
  }
}
