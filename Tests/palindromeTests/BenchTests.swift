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
}
