import ClipData
import Evaluation
import Storage

/// The embedding of a folder, made once and kept under a name that says what it was made with.
struct CachedEmbedding {
  let set: EmbeddingSet
  /// The path and the reason of each file that gave no row.
  let failures: [(path: String, reason: String)]

  /// Opens the embedding of the files of `listing` in the folder `cache`, or makes it; one that was begun is gone on
  /// with. Throws where a signal asked to stop.
  init(
    _ embedder: ClipEmbedder, _ description: EmbeddingDescription, _ listing: MediaListing,
    in cache: String, listed: String? = nil, _ console: Console
  ) throws {
    let files = try EmbeddingFiles("\(cache)/\(description.key(listing)).npy")
    if let known = Self.known(files, description, listing) {
      console.note("\(cache): has the embeddings of this folder already")
      (set, failures) = known
    } else {
      try Folder.create(cache)
      if Folder.hasEntry(files.npy) { try Self.clear(files, console) }
      let job = try EmbedJob(files, description, listing, resume: true, console: console)
      if job.firstFile > 0 { console.note("\(cache): going on after \(job.firstFile) files") }
      guard try job.run(embedder) != nil else {
        throw CommandFailure(
          .ofStop ?? .terminated,
          "\(cache): stopped after \(job.filesDone) of \(listing.files.count) files; the same command goes on"
        )
      }
      (set, failures) = (try EmbeddingSet(files.npy), try Self.failures(files))
    }
    if !failures.isEmpty {
      console.note("\(failures.count) files are left out; \(listed ?? files.failed) says why")
    }
  }

  /// What is there and whole.
  private static func known(
    _ files: EmbeddingFiles, _ description: EmbeddingDescription, _ listing: MediaListing
  ) -> (EmbeddingSet, [(path: String, reason: String)])? {
    guard
      let isThere = try? EmbeddingWriter.isComplete(
        files, description, listing: listing, resume: true), isThere,
      let set = try? EmbeddingSet(files.npy), let failures = try? failures(files)
    else { return nil }
    return (set, failures)
  }

  private static func clear(_ files: EmbeddingFiles, _ console: Console) throws {
    console.note("\(files.npy): is damaged; made again")
    for path in [files.csv, files.json, files.failed, files.npy] { try Folder.remove(path) }
  }

  private static func failures(
    _ files: EmbeddingFiles
  ) throws -> [(path: String, reason: String)] {
    try files.reasons().filter { $0.isWhole }.map { ($0.path, $0.reason) }
  }
}
