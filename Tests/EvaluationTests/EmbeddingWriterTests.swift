import ClipData
import Evaluation
import Foundation
import Storage
import TestSupport
import Testing

/// No work is lost, and no file of the user's, however the writing of an embedding ends.
@Suite struct EmbeddingWriterTests {
  private static let description = EmbeddingDescription(
    videoDimensions: 3, audioDimensions: 0, folder: "/videos", model: "pixels", modelHash: "",
    seed: 0, preset: "", settings: EmbeddingSettings())

  /// Nine files: a whole group and one more.
  private static func listing(_ scratch: ScratchFolder) throws -> MediaListing {
    try Folder.create(scratch.path("videos"))
    for number in 1...9 {
      try AtomicFile.write("video", to: scratch.path("videos/\(number).mp4"))
    }
    return try MediaListing(scratch.path("videos"))
  }

  private static func writer(
    _ files: EmbeddingFiles, _ listing: MediaListing, resume: Bool = false
  ) throws -> EmbeddingWriter {
    try EmbeddingWriter(files, description, listing: listing, resume: resume)
  }

  /// Adds the files that are left, recording the state after the first group.
  private static func add(_ writer: EmbeddingWriter, _ listing: MediaListing) throws {
    for number in writer.filesDone..<listing.files.count {
      let path = listing.files[number].relativePath
      let row = EmbeddingRow(path: path, start: 0, end: 2, hasAudio: false, hasVideo: true)
      let file =
        number == 3
        ? EmbeddedFile(failure: "damaged") : EmbeddedFile(rows: [(row, [Float(number), 1, 2])])
      try writer.add(file, path: path)
      try writer.pause()
    }
  }

  private static func contents(_ files: EmbeddingFiles) throws -> [[UInt8]] {
    try [files.npy, files.csv, files.json, files.failed].map { try readBytes($0) }
  }

  @Test(arguments: 0...2) func aKillWhileFinishingLosesNothing(_ moved: Int) throws {
    let scratch = try ScratchFolder()
    let listing = try Self.listing(scratch)
    let whole = try EmbeddingFiles(scratch.path("whole.npy"))
    do {
      let writer = try Self.writer(whole, listing)
      try Self.add(writer, listing)
      try writer.finish()
    }
    let files = try EmbeddingFiles(scratch.path("E.npy"))
    try Self.add(try Self.writer(files, listing), listing)
    let partial = scratch.path("E.partial")
    try AtomicFile.write("", to: partial + "/.finishing")
    let moves = [("failed.csv", files.failed), ("rows.csv", files.csv)]
    for (part, name) in moves.prefix(moved) {
      try FileManager.default.moveItem(atPath: partial + "/" + part, toPath: name)
    }
    let writer = try Self.writer(files, listing, resume: true)
    #expect(writer.filesDone == 8)
    try Self.add(writer, listing)
    try writer.finish()
    #expect(try Self.contents(files) == Self.contents(whole))
    #expect(!Folder.exists(partial))
  }

  @Test(arguments: ["E.npy", "E.csv", "E.json", "E.failed.csv"])
  func takenNamesAreRefused(_ name: String) throws {
    let scratch = try ScratchFolder()
    let listing = try Self.listing(scratch)
    let files = try EmbeddingFiles(scratch.path("E.npy"))
    try AtomicFile.write("mine", to: scratch.path(name))
    let error = #expect(throws: StorageError.self) { try Self.writer(files, listing) }
    #expect(error?.exitStatus == 73 && error?.path == scratch.path(name))
    #expect(Folder.names(in: scratch.path) == [name, "videos"])

    // Also where the name was taken meanwhile; the work can be finished afterwards.
    try Folder.remove(scratch.path(name))
    do {
      let writer = try Self.writer(files, listing)
      try Self.add(writer, listing)
      try Folder.create(scratch.path(name))
      let late = #expect(throws: StorageError.self) { try writer.finish() }
      #expect(late?.exitStatus == 73)
    }
    #expect(Folder.names(in: scratch.path) == [name, "E.partial", "videos"].sorted())
    try Folder.remove(scratch.path(name))
    let writer = try Self.writer(files, listing, resume: true)
    try Self.add(writer, listing)
    try writer.finish()
    #expect(try EmbeddingSet(files.npy).rows.count == 8)
  }

  /// What an embedding without any row left behind does not stand in the way of the next one.
  @Test func aListOfReasonsIsReplaced() throws {
    let scratch = try ScratchFolder()
    let listing = try Self.listing(scratch)
    let files = try EmbeddingFiles(scratch.path("E.npy"))
    do {
      let writer = try Self.writer(files, listing)
      for file in listing.files {
        try writer.add(EmbeddedFile(failure: "damaged"), path: file.relativePath)
      }
      #expect(throws: EvaluationError.self) { try writer.finish() }
    }
    #expect(Folder.names(in: scratch.path) == ["E.failed.csv", "videos"])
    let writer = try Self.writer(files, listing)
    try Self.add(writer, listing)
    try writer.finish()
    #expect(try CSVTable(files.failed).rows.count == 1)
  }

  @Test func rowsThatAreNotFiniteAreNamed() throws {
    let scratch = try ScratchFolder()
    let listing = try Self.listing(scratch)
    let files = try EmbeddingFiles(scratch.path("E.npy"))
    let writer = try Self.writer(files, listing)
    let row = EmbeddingRow(path: "1.mp4", start: 0, end: 2, hasAudio: false, hasVideo: true)
    try writer.add(EmbeddedFile(rows: [(row, [.nan, 1, 2])]), path: "1.mp4")
    try writer.finish()
    let error = #expect(throws: EvaluationError.self) { try EmbeddingSet(files.npy).byPath() }
    #expect(error?.description.contains("row 0 (1.mp4)") == true)
  }

  /// Every call by which the disk is changed fails in turn; resumed, the embedding is the one that it would have been,
  /// and nothing lies beside it.
  @Test func whereverTheDiskFailsNothingIsLost() throws {
    let videos = try ScratchFolder()
    let listing = try Self.listing(videos)
    let whole = try EmbeddingFiles(videos.path("whole.npy"))
    func embed(_ files: EmbeddingFiles, resume: Bool = false) throws {
      let writer = try Self.writer(files, listing, resume: resume)
      try Self.add(writer, listing)
      try writer.finish()
    }
    try embed(whole)
    let count = try withEveryDiskFault { root in
      try embed(try EmbeddingFiles(root + "/E.npy"))
    } check: { root, call in
      let files = try EmbeddingFiles(root + "/E.npy")
      if let failure = call.storageError {
        #expect(
          failure.path.hasPrefix(root) && failure.reason.contains("; "), "\(call): \(failure)")
        #expect(!failure.path.contains(".partial-"), "\(call): \(failure)")
        #expect([73, 74].contains(failure.exitStatus), "\(call): \(failure)")
      } else {
        #expect(call.error == nil, "\(call): \(String(describing: call.error))")
      }
      if try !EmbeddingWriter.isComplete(files, Self.description, listing: listing, resume: true) {
        #expect(call.error != nil, "\(call)")
        try embed(files, resume: true)
      }
      #expect(try Self.contents(files) == Self.contents(whole), "\(call)")
      // What a kill left aside goes with the next process that writes the name, as DiskFaultTests shows.
      let left = Folder.names(in: root).filter { !($0.hasPrefix(".") && call.fault == .killed) }
      #expect(left == ["E.csv", "E.failed.csv", "E.json", "E.npy"], "\(call): \(left)")
    }
    #expect(count > 3 * 40)
  }
}
