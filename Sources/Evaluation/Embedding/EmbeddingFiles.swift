import ClipData
import Settings
import Storage

/// The names of the files of one embedding: `E.npy` and, beside it, `E.csv`, `E.json`, `E.failed.csv`, and while it is
/// being made the folder `E.partial`. `E.npy` comes last: where it is, the others are.
package struct EmbeddingFiles: Sendable, Equatable {
  package let npy: String
  package var csv: String { stem + ".csv" }
  package var json: String { stem + ".json" }
  package var failed: String { stem + ".failed.csv" }
  var partial: String { stem + ".partial" }
  private var stem: String { String(npy.dropLast(4)) }

  /// Throws where `npy` does not end in `.npy`.
  package init(_ npy: String) throws(EvaluationError) {
    guard npy.hasSuffix(".npy"), Folder.lastName(of: npy).count > 4 else {
      throw EvaluationError(.usage, "\(npy): the name of an embedding ends in .npy, as in E.npy")
    }
    self.npy = npy
  }

  /// Whether the embedding is there.
  var exist: Bool { Folder.hasEntry(npy) }

  /// The first of the four names that a file of somebody else's has; a list of reasons that `embed` left by itself
  /// may be replaced.
  var taken: String? {
    [npy, csv, json].first(where: Folder.hasEntry)
      ?? (Folder.hasEntry(failed) && !CSVTable.begins(failed, with: Self.failureHeader)
        ? failed : nil)
  }

  static let failureHeader = ["path", "kind", "reason"]

  /// What `E.failed.csv` says: the files of which nothing (`isWhole`) or a part could not be embedded, and why.
  package func reasons() throws -> [(path: String, isWhole: Bool, reason: String)] {
    let table = try CSVTable(failed)
    let places = Self.failureHeader.compactMap { table.column($0) }
    guard places.count == 3 else {
      throw EvaluationError(
        .badData, "\(failed): is not a list of what could not be embedded; make it again with embed"
      )
    }
    return table.rows.map { row in
      (row.fields[places[0]], row.fields[places[1]] == "failed", row.fields[places[2]])
    }
  }
}

/// What one row of an embedding is of.
package struct EmbeddingRow: Sendable, Equatable {
  /// Below the embedded folder, with slashes.
  package var path: String
  /// Seconds from the beginning of the file.
  package var start: Double
  package var end: Double
  /// Whether the audio part of the row is of a sound that was heard; zeros otherwise.
  package var hasAudio: Bool
  /// Whether the video part of the row is of pictures; zeros otherwise.
  package var hasVideo: Bool

  package init(path: String, start: Double, end: Double, hasAudio: Bool, hasVideo: Bool) {
    (self.path, self.start, self.end) = (path, start, end)
    (self.hasAudio, self.hasVideo) = (hasAudio, hasVideo)
  }

  static let header = ["row", "path", "start_s", "end_s", "has_audio", "has_video"]

  func line(_ row: Int) -> String {
    func seconds(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
    return CSVTable.line([
      String(row), path, seconds(start), seconds(end), hasAudio ? "1" : "0", hasVideo ? "1" : "0",
    ])
  }
}

/// Reads `E.csv`.
package enum EmbeddingTable {
  /// The rows in order; a missing column, a row out of order and a field that is not what it should be are errors
  /// that name the line.
  package static func read(_ path: String) throws -> [EmbeddingRow] {
    let table = try CSVTable(path)
    return try entries(table).enumerated().map { number, entry in
      guard entry.number == number else { throw fault(path, table.rows[number].line, number) }
      return entry.row
    }
  }

  /// Some of the rows by their numbers, and how many there are in all; the others are passed over.
  package static func read(
    _ path: String, only rows: Set<Int>
  ) throws -> (rows: [Int: EmbeddingRow], count: Int) {
    let (table, count) = try CSVTable.reading(path, rows: rows)
    var found: [Int: EmbeddingRow] = [:]
    for entry in try entries(table) { found[entry.number] = entry.row }
    if let missing = rows.first(where: { found[$0] == nil }) {
      throw EvaluationError(.badData, "\(path): has no row \(missing); make it again with embed")
    }
    return (found, count)
  }

  private static func entries(_ table: CSVTable) throws -> [(number: Int, row: EmbeddingRow)] {
    let places = try EmbeddingRow.header.map { name throws(EvaluationError) in
      guard let place = table.column(name) else {
        throw EvaluationError(
          .badData, "\(table.path): its first line has no column \(name); make it again with embed")
      }
      return place
    }
    return try table.rows.map { row in
      let fields = places.map { row.fields[$0] }
      guard let number = Int(fields[0]), let start = Double(fields[2]), let end = Double(fields[3]),
        start.isFinite, end.isFinite, start <= end, ["0", "1"].contains(fields[4]),
        ["0", "1"].contains(fields[5])
      else { throw fault(table.path, row.line, nil) }
      return (
        number,
        EmbeddingRow(
          path: fields[1], start: start, end: end, hasAudio: fields[4] == "1",
          hasVideo: fields[5] == "1")
      )
    }
  }

  private static func fault(_ path: String, _ line: Int, _ number: Int?) -> EvaluationError {
    EvaluationError(
      .badData,
      "\(path): line \(line): is not \(number.map { "row \($0)" } ?? "a row") of an embedding; make it again"
    )
  }
}

/// The content of `E.json`: what an embedding was made with.
package struct EmbeddingDescription: Sendable, Equatable {
  package var rows = 0
  package var videoDimensions: Int
  package var audioDimensions: Int
  package var dimensions: Int { videoDimensions + audioDimensions }
  /// The folder that the paths are below.
  package var folder: String
  /// What `--model` was.
  package var model: String
  /// The SHA-256 of the weights' file; empty where there is none.
  package var modelHash: String
  /// The seed and the size of an untrained model.
  package var seed: UInt64
  package var preset: String
  /// With others the values are computed anew.
  package var settings: EmbeddingSettings { didSet { features = Self.features(of: settings) } }
  /// Files that were looked into, and how many of them gave no row.
  package var files = 0
  package var failed = 0
  /// The signature of the listing of those files; nil where it was not recorded.
  package var listing: UInt64?
  /// What computed the values: the number of `features(of:)` then.
  package var features: Int

  package init(
    videoDimensions: Int, audioDimensions: Int, folder: String, model: String, modelHash: String,
    seed: UInt64, preset: String, settings: EmbeddingSettings
  ) {
    (self.videoDimensions, self.audioDimensions) = (videoDimensions, audioDimensions)
    (self.folder, self.model, self.modelHash) = (folder, model, modelHash)
    (self.seed, self.preset, self.settings) = (seed, preset, settings)
    features = Self.features(of: settings)
  }

  /// A name for the embedding of the files of `listing` that says what it was made with; where the folder and the
  /// model lie makes no difference.
  package func key(_ listing: MediaListing) -> String {
    var hash = StableHash()
    var nameless = self
    (nameless.folder, nameless.model) = ("", "")
    hash.combine(nameless.json.text())
    hash.combine(listing.signature)
    let digits = String(hash.value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Throws where the encoders of now would give other values than those of the embedding at `path`.
  package func checkFeatures(_ path: String) throws(EvaluationError) {
    guard features == Self.features(of: settings) else {
      throw EvaluationError(
        .badData,
        "\(path): was made by a version of palindrome that computes other features; make it again")
    }
  }

  private static let format = 1
  /// To be raised with every change by which the same files, model and these settings give other values: embeddings that
  /// were made before are then not taken for those of now.
  private static func features(of settings: EmbeddingSettings) -> Int {
    // Since 2 overlapping windows have no frames but their own; where their times coincide they had none before.
    let frames = settings.stride * settings.rate
    let isOdd = abs(frames - frames.rounded()) > 1e-9
    return settings.perWindow && settings.modality != .audio && settings.stride < settings.clip
      && isOdd ? 2 : 1
  }
  /// More values a part has no encoder.
  private static let mostDimensions = 1 << 24

  package var json: JSONValue {
    var object = JSONObject(members)
    if let listing { object["listing"] = .string(String(listing, radix: 16)) }
    return .object(object)
  }

  private var members: [(String, JSONValue)] {
    [
      ("format", .integer(Self.format)), ("rows", .integer(rows)),
      ("dimensions", .integer(dimensions)),
      ("video_dimensions", .integer(videoDimensions)),
      ("audio_dimensions", .integer(audioDimensions)),
      ("modality", .string(settings.modality.rawValue)), ("folder", .string(folder)),
      ("model", .string(model)), ("model_sha256", .string(modelHash)),
      ("seed", .string(String(seed))),
      ("preset", .string(preset)), ("settings", settings.json), ("files", .integer(files)),
      ("failed", .integer(failed)), ("features", .integer(features)),
    ]
  }

  /// Reads an `E.json`.
  package init(reading path: String) throws {
    let json: JSONValue
    do {
      json = try JSONValue.parse(try readBytes(path, limit: 1 << 20))
    } catch let error as JSONError {
      throw EvaluationError(.badData, "\(path): \(error); make the embedding again")
    }
    guard let description = Self(json: json) else {
      throw EvaluationError(
        .badData, "\(path): does not describe an embedding; make it again with embed")
    }
    self = description
  }

  init?(json: JSONValue) {
    guard json["format"]?.int == Self.format, let rows = json["rows"]?.int,
      let video = json["video_dimensions"]?.int, let audio = json["audio_dimensions"]?.int,
      let modality = json["modality"]?.string.flatMap(EmbeddingModality.init),
      let folder = json["folder"]?.string, let model = json["model"]?.string,
      let hash = json["model_sha256"]?.string, let seed = json["seed"]?.string.flatMap(UInt64.init),
      let preset = json["preset"]?.string,
      let settings = json["settings"].flatMap({ EmbeddingSettings(json: $0, modality: modality) }),
      let files = json["files"]?.int, let failed = json["failed"]?.int,
      let features = Self.version(json),
      (0...Self.mostDimensions).contains(video), (0...Self.mostDimensions).contains(audio),
      rows >= 0, files >= 0, failed >= 0
    else { return nil }
    self.init(
      videoDimensions: video, audioDimensions: audio, folder: folder, model: model,
      modelHash: hash, seed: seed, preset: preset, settings: settings)
    (self.rows, self.files, self.failed) = (rows, files, failed)
    self.features = features
    listing = json["listing"]?.string.flatMap { UInt64($0, radix: 16) }
  }
}
