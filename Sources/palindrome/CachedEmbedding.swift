import ClipData
import Evaluation
import Settings
import Storage

/// The embedding of a folder, made once and kept under a name that says what it was made with.
struct CachedEmbedding {
  let set: EmbeddingSet
  /// The path and the reason of each file that gave no row.
  let failures: [(path: String, reason: String)]
  /// Files that are embedded as far as they can be decoded.
  let parts: [(path: String, reason: String)]

  private typealias Reasons = [(path: String, isWhole: Bool, reason: String)]

  /// Opens the embedding of the files of `listing` in the folder `cache`, or makes it; one that was begun is gone on
  /// with. Throws where a signal asked to stop.
  init(
    _ embedder: ClipEmbedder, _ description: EmbeddingDescription, _ listing: MediaListing,
    in cache: String, listed: String? = nil, _ console: Console
  ) throws {
    let files = try EmbeddingFiles("\(cache)/\(description.key(listing)).npy")
    let reasons: Reasons
    if let known = Self.known(files, description, listing) {
      console.note("\(cache): has the embeddings of this folder already")
      (set, reasons) = known
    } else {
      try Folder.create(cache)
      if Folder.hasEntry(files.npy) { try Self.clear(files, console) }
      let job = try EmbedJob(files, description, listing, resume: true, console: console)
      if job.firstFile > 0 {
        console.note("\(cache): going on after \(counted(job.firstFile, "file"))")
      }
      let times: EmbeddingRun.Times?
      do {
        times = try job.run(embedder)
      } catch {
        guard job.rows == 0, job.filesDone == listing.files.count,
          let failure = try? Self.nothing(in: description.folder, listing, files)
        else { throw error }
        throw failure
      }
      guard times != nil else {
        throw CommandFailure(
          .ofStop ?? .terminated,
          "\(cache): stopped after \(job.filesDone) of \(counted(listing.files.count, "file")); the same command goes on"
        )
      }
      (set, reasons) = (try EmbeddingSet(files.npy), try files.reasons())
    }
    failures = reasons.filter(\.isWhole).map { ($0.path, $0.reason) }
    parts = reasons.filter { !$0.isWhole }.map { ($0.path, $0.reason) }
    if !failures.isEmpty {
      console.note(
        "\(counted(failures.count, "file is", "files are")) left out; \(listed ?? files.failed) says why"
      )
    }
    if let (path, reason) = parts.first {
      console.note(
        "\(counted(parts.count, "file is", "files are")) damaged and taken as far as decoded, "
          + "\(path.printable): \(reason)"
          + (parts.count > 1 ? "; \(listed ?? files.failed) has the others" : ""))
    }
  }

  /// What to say where no file gave a row; of their list of reasons nothing is left.
  private static func nothing(
    in folder: String, _ listing: MediaListing, _ files: EmbeddingFiles
  ) throws -> CommandFailure? {
    guard let (path, _, reason) = try files.reasons().first(where: \.isWhole) else { return nil }
    try Folder.remove(files.failed)
    return CommandFailure(
      .badData,
      listing.files.count == 1
        ? "\(listing.files[0].path): \(reason); give another file"
        : "\(folder): none of its \(listing.files.count) files could be embedded, \(path) since: \(reason); "
          + "palindrome scan has the others")
  }

  /// What is there and whole.
  private static func known(
    _ files: EmbeddingFiles, _ description: EmbeddingDescription, _ listing: MediaListing
  ) -> (EmbeddingSet, Reasons)? {
    guard
      let isThere = try? EmbeddingWriter.isComplete(
        files, description, listing: listing, resume: true), isThere,
      let set = try? EmbeddingSet(files.npy), let reasons = try? files.reasons()
    else { return nil }
    return (set, reasons)
  }

  private static func clear(_ files: EmbeddingFiles, _ console: Console) throws {
    console.note("\(files.npy): is damaged; made again")
    for path in [files.csv, files.json, files.failed, files.npy] { try Folder.remove(path) }
  }
}
