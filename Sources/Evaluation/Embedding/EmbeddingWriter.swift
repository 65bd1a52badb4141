import ClipData
import Settings
import Storage

/// Writes an embedding as its rows come: into the folder `E.partial` first, under the final names when all is there.
///
/// At intervals everything is brought to the disk and the state is recorded, always after a whole group of files: what
/// is encoded together must not change by resuming. A killed run goes on from there to the same bytes.
package final class EmbeddingWriter {
  package let files: EmbeddingFiles
  /// The number of files that are done: where the work goes on.
  package private(set) var filesDone = 0
  package var rows: Int { matrix.rows }
  package private(set) var failed = 0
  package private(set) var partial = 0
  private var description: EmbeddingDescription
  private let listing: UInt64
  private let matrix: NpyRowWriter
  private let table: GrowingText
  private let failures: GrowingText
  private let lock: RunLock
  private var lastState = ContinuousClock.now
  /// Whether files of this embedding may have their final names already.
  private var isFinishing: Bool
  /// Where the rows of the file begin of which a part was added that is not done yet; nil between files.
  private var begun: (rows: Int, tableBytes: Int)?

  /// Seconds between two records of the state.
  private static let interval = 2.0

  /// In `E.partial` from when files begin to get their final names.
  private static let finishing = "/.finishing"

  /// Whether the embedding of the files of `listing` that `description` describes is there and complete. One of
  /// another description or of other files, or with `resume` false any, is an error.
  package static func isComplete(
    _ files: EmbeddingFiles, _ description: EmbeddingDescription, listing: MediaListing,
    resume: Bool
  ) throws -> Bool {
    guard files.exist else { return false }
    guard resume else {
      throw StorageError.cannotCreate(
        path: files.npy, reason: "is there already; remove it or choose another --out")
    }
    var found = try EmbeddingDescription(reading: files.json)
    let known = found.listing
    (found.rows, found.files, found.failed, found.listing) = (0, 0, 0, nil)
    if let change = EmbeddingDescription.change(from: found.json, to: description.json) {
      throw EvaluationError(
        .usage,
        "\(files.npy): was made with \(change); go on as it was made, or choose another --out")
    }
    guard known == nil || known == listing.signature else {
      throw EvaluationError(
        .usage,
        "\(files.npy): the files to embed have changed since it was made; choose another --out")
    }
    // Of a process that was killed at its very end.
    let isLeft =
      Folder.hasEntry(files.partial + finishing) || Folder.names(in: files.partial).isEmpty
    if isLeft { try? removeParts(files) }
    return true
  }

  /// Begins the embedding of the files of `listing`, or with `resume` goes on with one that was begun.
  package init(
    _ files: EmbeddingFiles, _ description: EmbeddingDescription, listing: MediaListing,
    resume: Bool
  ) throws {
    self.files = files
    self.description = description
    self.listing = listing.signature
    let folder = files.partial
    isFinishing = Folder.hasEntry(folder + Self.finishing)
    let begun = Folder.names(in: folder).filter { !$0.hasPrefix(".") }
    guard resume || begun.isEmpty else {
      throw StorageError.cannotCreate(
        path: folder,
        reason: "an unfinished embedding is there; --resume goes on with it, or remove the folder")
    }
    if !begun.contains("state.json") { try Self.checkNames(files) }
    try Folder.create(folder)
    lock = try RunLock(folder)
    let state = begun.contains("state.json") ? try State(folder + "/state.json") : State()
    if begun.contains("state.json") {
      if let change = EmbeddingDescription.change(from: state.description, to: description.json) {
        throw EvaluationError(
          .usage,
          "\(folder): was begun with \(change); go on as it was begun, or remove the folder")
      }
      guard state.listing == self.listing else {
        throw EvaluationError(
          .usage,
          "\(folder): the files to embed have changed since it was begun; remove the folder to begin anew"
        )
      }
    }
    if isFinishing { try Self.takeBack(files) }
    matrix = try NpyRowWriter(
      folder + "/rows.npy", columns: description.dimensions, rows: state.rows)
    table = try GrowingText(folder + "/rows.csv", size: state.tableBytes)
    failures = try GrowingText(folder + "/failed.csv", size: state.failureBytes)
    (filesDone, failed, partial) = (state.filesDone, state.failed, state.partial)
    if state.tableBytes == 0 {
      try table.append(CSVTable.line(EmbeddingRow.header))
      try failures.append(CSVTable.line(EmbeddingFiles.failureHeader))
      try record()
    }
  }

  private static func checkNames(_ files: EmbeddingFiles) throws(StorageError) {
    if let path = files.taken {
      throw .cannotCreate(
        path: path, reason: "is there already; move it away or choose another --out")
    }
  }

  /// Removes `E.partial`; what says that it is of no more use goes last.
  private static func removeParts(_ files: EmbeddingFiles) throws(StorageError) {
    for name in Folder.names(in: files.partial) where "/" + name != finishing {
      try Folder.remove(files.partial + "/" + name)
    }
    try Folder.remove(files.partial)
  }

  /// The parts of `E.partial` that get their final names before `E.npy` does.
  private static func tables(_ files: EmbeddingFiles) -> [(part: String, name: String)] {
    [(files.partial + "/failed.csv", files.failed), (files.partial + "/rows.csv", files.csv)]
  }

  /// Undoes what was moved by a process that ended while it finished.
  private static func takeBack(_ files: EmbeddingFiles) throws(StorageError) {
    for (part, name) in tables(files)
    where !Folder.hasEntry(part) && Folder.hasEntry(name) {
      try AtomicFile.move(name, to: part)
    }
  }

  /// Appends the result of the next file of the listing, or with `isWhole` false a first part of it. A file that has
  /// failed at its end leaves no row.
  package func add(_ file: EmbeddedFile, path: String, isWhole: Bool = true) throws {
    let start = begun ?? (matrix.rows, table.size)
    for (row, vector) in file.rows {
      try table.append(row.line(matrix.rows))
      try matrix.append(vector)
    }
    begun = isWhole ? nil : start
    guard isWhole else { return }
    if let failure = file.failure {
      try matrix.cut(to: start.rows)
      try table.cut(to: start.tableBytes)
      failed += 1
      try failures.append(CSVTable.line([path, "failed", failure]))
    } else if !file.warnings.isEmpty {
      partial += 1
      try failures.append(
        CSVTable.line([path, "partial", file.warnings.joined(separator: "; ")]))
    }
    filesDone += 1
    guard filesDone % EmbeddingRun.groupSize == 0 else { return }
    if (ContinuousClock.now - lastState) / .seconds(1) > Self.interval { try record() }
  }

  /// Records how far the work has come, where that is between groups, so that it can go on from here.
  package func pause() throws {
    if filesDone % EmbeddingRun.groupSize == 0, begun == nil { try record() }
  }

  private func record() throws {
    try matrix.sync()
    try table.sync()
    try failures.sync()
    let state = State(
      filesDone: filesDone, rows: matrix.rows, tableBytes: table.size,
      failureBytes: failures.size, failed: failed, partial: partial, listing: listing,
      description: description.json)
    try AtomicFile.write(state.json.text(indented: true) + "\n", to: files.partial + "/state.json")
    lastState = .now
  }

  /// Gives everything its final name. Throws where no file gave a row. Where a name is taken, or cannot be given,
  /// nothing is lost and the work can be resumed.
  package func finish() throws {
    if !isFinishing { try Self.checkNames(files) }
    try AtomicFile.write("", to: files.partial + Self.finishing)
    isFinishing = true
    guard matrix.rows > 0 else {
      // The list of reasons is what the user needs now.
      try failures.sync()
      try AtomicFile.move(files.partial + "/failed.csv", to: files.failed)
      try Self.removeParts(files)
      throw EvaluationError(
        .badData,
        "\(description.folder): no file could be embedded; \(files.failed) has the reasons")
    }
    description.rows = matrix.rows
    description.files = filesDone
    description.failed = failed
    description.listing = listing
    try matrix.sync()
    try table.sync()
    try failures.sync()
    for (part, name) in Self.tables(files) { try AtomicFile.move(part, to: name) }
    try AtomicFile.write(description.json.text(indented: true) + "\n", to: files.json)
    try AtomicFile.move(files.partial + "/rows.npy", to: files.npy)
    try Self.removeParts(files)
  }
}

/// What `state.json` holds: how much of each file counts, and what it belongs to.
private struct State {
  var filesDone = 0
  var rows = 0
  var tableBytes = 0
  var failureBytes = 0
  var failed = 0
  var partial = 0
  var listing: UInt64 = 0
  var description = JSONValue.null

  var json: JSONValue {
    [
      "files_done": .integer(filesDone), "rows": .integer(rows),
      "table_bytes": .integer(tableBytes), "failure_bytes": .integer(failureBytes),
      "failed": .integer(failed), "partial": .integer(partial),
      "listing": .string(String(listing, radix: 16)), "description": description,
    ]
  }
}

extension State {
  init(_ path: String) throws {
    let fault = EvaluationError(
      .badData, "\(path): is damaged; remove its folder to begin anew")
    guard let json = try? JSONValue.parse(try readBytes(path, limit: 1 << 20)) else { throw fault }
    func number(_ name: String, most: Int = .max) throws(EvaluationError) -> Int {
      guard let value = json[name]?.int, (0...most).contains(value) else { throw fault }
      return value
    }
    filesDone = try number("files_done")
    rows = try number("rows", most: Int(Int32.max))
    tableBytes = try number("table_bytes")
    failureBytes = try number("failure_bytes")
    failed = try number("failed")
    partial = try number("partial")
    guard let listing = json["listing"]?.string.flatMap({ UInt64($0, radix: 16) }),
      let description = json["description"],
      filesDone % EmbeddingRun.groupSize == 0
    else { throw fault }
    self.listing = listing
    self.description = description
  }
}
