import Foundation
import Testing

/// Standard streams that are closed, full, slow or gone do no harm.
@Suite struct StreamTests {
  private let folder: TemporaryFolder

  /// A folder whose listing is longer than a pipe holds.
  init() throws {
    folder = try TemporaryFolder()
    for number in 0..<1200 {
      try folder.write("", to: "videos/a file with quite a long name \(number).mp4", making: true)
    }
  }

  @Test func aReaderThatHasSeenEnoughIsNoFailure() throws {
    let outcome = try Binary.shell(
      "{ \"$0\" scan \"$1\" --quiet; echo $? >&2; } | head -1", [folder.file("videos")])
    #expect(outcome.output.split(separator: "\n").count == 1)
    // Nothing in the folder is usable, which the status says in any case.
    #expect(outcome.errorLines.last == "66", "\(outcome.errors)")
    #expect(!outcome.errors.contains("standard output"))
  }

  @Test func closedStreamsChangeNothing() throws {
    let list = folder.file("list")
    let whole = try Binary.shell(
      "\"$0\" scan \"$1\" --json >\"$2\"", [folder.file("videos"), list])
    #expect(whole.status == 66)
    let closed = try Binary.shell(
      "\"$0\" scan \"$1\" --json <&- 2>&- >\"$2-again\"", [folder.file("videos"), list])
    #expect(closed.status == 66)
    #expect(FileManager.default.contentsEqual(atPath: list, andPath: list + "-again"))
    #expect(try Binary.shell("\"$0\" scan \"$1\" >&-", [folder.file("videos")]).status == 66)
  }

  /// A pipe that is full and does not wait: the rest is written once there is room.
  @Test func aFullPipeIsWaitedFor() throws {
    let list = folder.file("list")
    _ = try Binary.shell("\"$0\" scan \"$1\" --json >\"$2\"", [folder.file("videos"), list])
    let pipe = Pipe()
    let end = pipe.fileHandleForWriting.fileDescriptor
    #expect(fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Binary.path)
    process.arguments = ["scan", folder.file("videos"), "--json", "--quiet"]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Closed already by what started the process, where it does that.
    try? pipe.fileHandleForWriting.close()
    // Longer than the program takes to fill it.
    Thread.sleep(forTimeInterval: 0.5)
    let got = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 66)
    #expect(got.count > 1 << 16)
    #expect(got == FileManager.default.contents(atPath: list))
  }
}
