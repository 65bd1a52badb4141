import ClipData
import Evaluation
import Settings
import Storage
import Synchronization
import Training

/// Takes the results of a run and writes them; names on standard error what failed.
final class EmbedJob: Sendable {
  let firstFile: Int
  private let files: [MediaFile]
  private let console: Console
  private let failures: String
  private let writer: Mutex<EmbeddingWriter>
  private let shown = Atomic<Int>(0)

  /// Failures that are named on standard error; the list beside the matrix has them all.
  private static let most = 20

  init(
    _ place: EmbeddingFiles, _ description: EmbeddingDescription, _ listing: MediaListing,
    resume: Bool, console: Console
  ) throws {
    self.files = listing.files
    self.console = console
    failures = Folder.lastName(of: place.failed)
    let writer = try EmbeddingWriter(place, description, listing: listing, resume: resume)
    firstFile = writer.filesDone
    self.writer = Mutex(writer)
  }

  private func deliver(_ number: Int, _ file: EmbeddedFile, _ isWhole: Bool) throws {
    try writer.withLock { try $0.add(file, path: files[number].relativePath, isWhole: isWhole) }
    if let failure = file.failure {
      let count = shown.wrappingAdd(1, ordering: .relaxed).newValue
      if count <= Self.most { console.note("left out: \(files[number].relativePath): \(failure)") }
      if count == Self.most + 1 {
        console.note("left out: more files; \(failures) lists them all")
      }
    }
    console.progress("embed: \(number + 1) of \(counted(files.count, "file"))")
  }

  /// Embeds the files from `firstFile` on until all is written under its final names; nil where a signal asked to stop,
  /// after which the work can be resumed.
  func run(_ embedder: ClipEmbedder) throws -> EmbeddingRun.Times? {
    let (times, _) = try EmbeddingRun(
      files, from: firstFile, embedder: embedder,
      shouldStop: { StopRequest.signal != nil }, deliver: deliver
    ).run()
    console.endProgress()
    guard filesDone == files.count || StopRequest.signal == nil else {
      try writer.withLock { try $0.pause() }
      return nil
    }
    try writer.withLock { try $0.finish() }
    return times
  }

  var filesDone: Int { writer.withLock { $0.filesDone } }
  var rows: Int { writer.withLock { $0.rows } }
  var failed: Int { writer.withLock { $0.failed } }
  var partial: Int { writer.withLock { $0.partial } }
}
