import ClipData
import Evaluation
import Foundation
import NeuralNetworks
import Storage
import Synchronization
import TensorCore
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  private static let clips =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/clips"

  private static func embedder(
    _ model: String = "random", _ change: (inout EmbeddingSettings) -> Void = { _ in }
  ) throws -> ClipEmbedder {
    var settings = EmbeddingSettings()
    settings.size = 48
    settings.temporal = true
    change(&settings)
    let encoder = try ModelSource(model).clipEncoder(
      random: EncoderConfiguration(width: 16, audioWidth: 16), seed: 3)
    return try ClipEmbedder(encoder: encoder, settings: settings)
  }

  private static func description(_ embedder: ClipEmbedder) -> EmbeddingDescription {
    EmbeddingDescription(
      videoDimensions: embedder.videoDimensions, audioDimensions: embedder.audioDimensions,
      folder: clips, model: "random", modelHash: "", seed: 3, preset: "tiny",
      settings: embedder.settings)
  }

  /// Embeds `listing`, stopping after `limit` files at about, and finishes where all of them are done.
  private static func write(
    _ files: EmbeddingFiles, _ embedder: ClipEmbedder, _ listing: MediaListing,
    resume: Bool = false, limit: Int = .max,
    beforeWork: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws {
    let shared = Mutex(
      try EmbeddingWriter(files, description(embedder), listing: listing, resume: resume))
    let first = shared.withLock { $0.filesDone }
    let count = Atomic<Int>(0)
    let looks = Atomic<Int>(0)
    _ = try EmbeddingRun(
      listing.files, from: first, embedder: embedder,
      shouldStop: {
        beforeWork(looks.wrappingAdd(1, ordering: .relaxed).newValue)
        return count.load(ordering: .relaxed) >= limit
      },
      deliver: { number, file, isWhole in
        let path = listing.files[number].relativePath
        try shared.withLock { try $0.add(file, path: path, isWhole: isWhole) }
        count.wrappingAdd(1, ordering: .relaxed)
      }
    ).run()
    try shared.withLock { writer in
      if writer.filesDone == listing.files.count { try writer.finish() } else { try writer.pause() }
    }
  }

  private static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// A folder with a few clips, a broken one, one of sound alone and a table.
  private static func folder() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let names = ["ball", "bell", "drum", "lamp", "wheel"]
    for (place, name) in names.enumerated() {
      for number in 1...(place % 2 + 3) {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("\(name), \(number).mp4"),
          withDestinationPath: "\(clips)/\(name)/\(name)-0\(number).mp4")
      }
    }
    try "no video".write(
      toFile: folder.path("broken.mp4"), atomically: true, encoding: .utf8)
    try "path,label\n".write(toFile: folder.path("labels.csv"), atomically: true, encoding: .utf8)
    try WaveFile.write((0..<8000).map { 0.24 * sin(Double($0) * 0.2) }, to: folder.path("tone.wav"))
    return folder
  }

  @Test func rowsAreTheSameHoweverTheyAreMade() throws {
    let folder = try Self.folder()
    let out = try ScratchFolder()
    let listing = try MediaListing(folder.path)
    #expect(listing.files.count == 19 && listing.others == ["labels.csv"])
    let embedder = try Self.embedder()
    let whole = try EmbeddingFiles(out.path("whole.npy"))
    try Self.write(whole, embedder, listing)
    let before = Threads.count
    Threads.count = 1
    defer { Threads.count = before }
    let single = try EmbeddingFiles(out.path("single.npy"))
    try Self.write(single, embedder, listing)
    let parts = try EmbeddingFiles(out.path("parts.npy"))
    try Self.write(parts, embedder, listing, limit: 8)
    #expect(!FileManager.default.fileExists(atPath: parts.npy))
    #expect(throws: StorageError.self) { try Self.write(parts, embedder, listing) }
    try Self.write(parts, embedder, listing, resume: true)
    for other in [single, parts] {
      #expect(try Self.bytes(other.npy) == Self.bytes(whole.npy))
      #expect(try Self.bytes(other.csv) == Self.bytes(whole.csv))
      #expect(try Self.bytes(other.failed) == Self.bytes(whole.failed))
      #expect(try Self.bytes(other.json) == Self.bytes(whole.json))
    }
    let set = try EmbeddingSet(whole.npy)
    #expect(set.rows.count == 18 && set.description.failed == 1)
    let failures = try CSVTable(whole.failed)
    #expect(failures.rows.map { $0.fields[0] } == ["broken.mp4"])
    let matrix = try set.matrix.tensor(rows: 0..<18)
    #expect(matrix.isFinite)
    for (place, row) in set.rows.enumerated() {
      let values = matrix.slice(place..<place + 1).array
      let video = values[..<set.description.videoDimensions].reduce(0) { $0 + $1 * $1 }
      let audio = values[set.description.videoDimensions...].reduce(0) { $0 + $1 * $1 }
      #expect(abs(video - (row.hasVideo ? row.hasAudio ? 0.5 : 1 : 0)) < 1e-4)
      #expect(abs(audio - (row.hasAudio ? row.hasVideo ? 0.5 : 1 : 0)) < 1e-4)
    }
    let tone = try #require(set.rows.first { $0.path == "tone.wav" })
    #expect(tone.hasAudio && !tone.hasVideo && abs(tone.end - 0.5) < 1e-6)
    // A file by itself has the same row up to rounding: batches are put together differently.
    let alone = try embedder.embed(folder.path("ball, 2.mp4")).rows[0].vector
    let index = try #require(set.rows.firstIndex { $0.path == "ball, 2.mp4" })
    for (a, b) in zip(alone, matrix.slice(index..<index + 1).array) { #expect(abs(a - b) < 1e-5) }
    var other = Self.description(embedder)
    #expect(try EmbeddingWriter.isComplete(whole, other, listing: listing, resume: true))
    #expect(throws: EvaluationError.self) {
      let fewer = listing.only { $0.relativePath != "tone.wav" }
      _ = try EmbeddingWriter.isComplete(whole, other, listing: fewer, resume: true)
    }
    other.settings.rate = 8
    #expect(throws: EvaluationError.self) {
      try EmbeddingWriter.isComplete(whole, other, listing: listing, resume: true)
    }
  }

  /// Parts of a file that any thread takes come together in order, and memory is bounded by the part.
  @Test func windowsOfOneFileAreRowsInOrder() throws {
    let folder = try Self.folder()
    let embedder = try Self.embedder {
      ($0.perWindow, $0.clip, $0.stride, $0.rate) = (true, 0.5, 0.1, 25)
    }
    let file = try embedder.embed(folder.path("ball, 1.mp4"), as: "ball")
    #expect(file.rows.count == 36 && file.failure == nil)
    for (place, row) in file.rows.enumerated() {
      #expect(abs(row.row.start - Double(place) * 0.1) < 1e-9 && row.row.hasVideo)
    }
    let out = try ScratchFolder()
    let files = try EmbeddingFiles(out.path("w.npy"))
    try Self.write(files, embedder, try MediaListing(folder.path))
    let set = try EmbeddingSet(files.npy)
    let rows = set.rows.filter { $0.path == "ball, 1.mp4" }
    #expect(rows.map(\.start) == file.rows.map { ($0.row.start * 1000).rounded() / 1000 })
    #expect(set.rows.filter { $0.path == "tone.wav" }.count == 1)
    // A window is what it is by itself.
    let wide = try Self.embedder {
      ($0.perWindow, $0.clip, $0.stride, $0.rate) = (true, 0.5, 3, 25)
    }
    let first = try wide.embed(folder.path("ball, 1.mp4")).rows
    // Small changes from frame to frame show the rounding of the features that they are between.
    for (a, b) in zip(first[1].vector, file.rows[30].vector) { #expect(abs(a - b) < 1e-3) }
  }

  /// Windows that overlap and want frames at times of their own, or the same ones, do not share others.
  @Test func overlappingWindowsAreWhatTheyAreByThemselves() throws {
    let path = "\(Self.clips)/ball/ball-01.mp4"
    func rows(clip: Double, stride: Double) throws -> [[Float]] {
      let embedder = try Self.embedder("pixels") {
        ($0.modality, $0.perWindow, $0.rate) = (.video, true, 4)
        ($0.clip, $0.stride) = (clip, stride)
      }
      return try embedder.embed(path).rows.map(\.vector)
    }
    for clip in [1, 0.7] {
      for (stride, place) in [(0.1, 17), (0.25, 7)] {
        let overlapping = try rows(clip: clip, stride: stride)
        for window in [0, place] {
          // The first of those, or the only one after it, and apart from it.
          let alone = try rows(clip: clip, stride: Double(place) * stride)
          let (a, b) = (overlapping[window], alone[window == 0 ? 0 : 1])
          #expect(
            a.count == 384 && zip(a, b).allSatisfy { abs($0 - $1) < 1e-6 }, "\(clip) \(stride)")
        }
      }
    }
  }

  @Test func plainDescriptorsAndModalities() throws {
    let folder = try Self.folder()
    let pixels = try Self.embedder("pixels") { $0.modality = .audio }
    #expect(pixels.videoDimensions == 0 && pixels.audioDimensions == 128)
    #expect(try pixels.embed(folder.path("tone.wav")).rows[0].vector.count == 128)
    let video = try Self.embedder { $0.modality = .video }
    #expect(throws: (any Error).self) { try video.embed(folder.path("tone.wav")) }
    #expect(video.videoDimensions == 2 * 64 && video.audioDimensions == 0)
  }

  /// A row of another content would pass for a row of the file that was listed.
  @Test func aFileThatChangedSinceItWasListedGivesNoRow() throws {
    let folder = try ScratchFolder()
    for (name, tone) in [("a.wav", 0.2), ("b.wav", 0.3)] {
      try WaveFile.write((0..<8000).map { 0.24 * sin(Double($0) * tone) }, to: folder.path(name))
    }
    let listing = try MediaListing(folder.path)
    try WaveFile.write((0..<9000).map { 0.24 * sin(Double($0) * 0.4) }, to: folder.path("b.wav"))
    let found = Mutex([EmbeddedFile]())
    _ = try EmbeddingRun(
      listing.files,
      embedder: try Self.embedder("pixels") { ($0.modality, $0.temporal) = (.audio, false) },
      shouldStop: { false }, deliver: { _, file, _ in found.withLock { $0.append(file) } }
    ).run()
    let files = found.withLock { $0 }
    #expect(files.map(\.rows.count) == [1, 0])
    #expect(files[1].failure?.hasPrefix("has changed since the folder was searched; ") == true)
  }

  /// Rows of two versions of a file must not stand beside each other, nor make one row: a long file that changes while
  /// its parts are embedded gives none, and is named.
  @Test(arguments: [false, true]) func aLongFileThatChangesInBetweenGivesNoRow(
    _ perWindow: Bool
  ) throws {
    let folder = try ScratchFolder()
    try Folder.create(folder.path("media"))
    let long = folder.path("media/long.wav")
    for (name, seconds) in [("long", 120), ("z", 4)] {
      try WaveFile.write(
        (0..<seconds * 4000).map { 0.3 * sin(Double($0) * 0.5) }, rate: 4000,
        to: folder.path("media/\(name).wav"))
    }
    let embedder = try Self.embedder("pixels") {
      ($0.modality, $0.temporal, $0.perWindow) = (.audio, false, perWindow)
      ($0.windows, $0.rate) = (40, 24)
    }
    let listing = try MediaListing(folder.path("media"))
    let threads = Threads.count
    Threads.count = 1
    defer { Threads.count = threads }
    func embed(_ name: String, changing place: Int) throws -> ([String: Int], [String]) {
      let files = try EmbeddingFiles(folder.path(name))
      try Self.write(files, embedder, listing) { look in
        guard look == place, let file = FileHandle(forUpdatingAtPath: long) else { return }
        file.seekToEndOfFile()
        file.write(Data([0, 0]))
      }
      let rows = try EmbeddingSet(files.npy).rows
      #expect(try EmbeddingTable.read(files.csv).count == rows.count)
      return (
        Dictionary(grouping: rows, by: \.path).mapValues(\.count),
        try files.reasons().map { "\($0.path) \($0.isWhole) \($0.reason)" }
      )
    }
    let (whole, none) = try embed("whole.npy", changing: 0)
    #expect(none.isEmpty && whole["z.wav"] == (perWindow ? 2 : 1))
    #expect(whole["long.wav"] == (perWindow ? 60 : 1))
    // The first look is before the search for parts, the second before the first part.
    let (changed, named) = try embed("changed.npy", changing: 3)
    #expect(changed == ["z.wav": perWindow ? 2 : 1])
    #expect(named.count == 1)
    #expect(named.first?.hasPrefix("long.wav true has changed since") == true, "\(named)")
  }

  @Test func tablesAndNamesAreChecked() throws {
    let folder = try ScratchFolder()
    let path = folder.path("E.csv")
    let head = "row,path,start_s,end_s,has_audio,has_video\n"
    func read(_ text: String) throws -> [EmbeddingRow] {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return try EmbeddingTable.read(path)
    }
    let rows = try read(head + "0,\"a,b.mp4\",0.0,2.5,1,1\n1,c.mp4,0,1,0,1\n")
    #expect(
      rows[0] == EmbeddingRow(path: "a,b.mp4", start: 0, end: 2.5, hasAudio: true, hasVideo: true))
    for bad in [
      "row,path\n", head + "1,a,0,1,0,1\n", head + "0,a,x,1,0,1\n", head + "0,a,0,1,2,1\n",
    ] {
      #expect(throws: EvaluationError.self) { try read(bad) }
    }
    #expect(throws: EvaluationError.self) { try EmbeddingFiles("E.bin") }
    #expect(try EmbeddingFiles("a.b/E.npy").failed == "a.b/E.failed.csv")
  }
}
