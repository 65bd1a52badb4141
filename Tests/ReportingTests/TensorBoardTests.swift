import Foundation
import Reporting
import Storage
import TestSupport
import Testing

@Suite struct TensorBoardTests {
  @Test func writesTheBytesOfTensorBoardsOwnWriter() throws {
    let scratch = try ScratchFolder()
    let writer = try TensorBoardWriter(
      folder: scratch.path, completedSteps: 300, clock: { 1_700_000_000.25 })
    try writer.append(
      step: 301, [("loss/walk", 1.5), ("infinite", .infinity), ("loss/äv", -0.1)])
    try writer.append(step: 302, [("nothing", .nan)])
    let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Goldens/resumed.tfevents").path
    #expect(try readBytes(writer.path) == (try readBytes(golden)))
    #expect(Folder.lastName(of: writer.path).hasPrefix("events.out.tfevents.1700000000."))
  }

  @Test func aResumedRunBeginsALaterFile() throws {
    let scratch = try ScratchFolder()
    let paths = try (0..<3).map { step in
      try TensorBoardWriter(folder: scratch.path, completedSteps: step, clock: { 99.5 }).path
    }
    #expect(Set(paths).count == 3)
    #expect(
      Folder.names(in: scratch.path)
        == ["99", "100", "101"].sorted().map { second in
          paths.map { Folder.lastName(of: $0) }.first { $0.contains(".\(second).") } ?? second
        })
  }

  @Test func aMissingFolderIsNamed() throws {
    let scratch = try ScratchFolder()
    let error = #expect(throws: StorageError.self) {
      _ = try TensorBoardWriter(folder: scratch.path("absent"))
    }
    #expect(error?.exitStatus == 73)
  }
}
