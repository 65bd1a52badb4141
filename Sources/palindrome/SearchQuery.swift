import Evaluation
import Media
import Neighbours
import Reporting
import Settings
import Storage

/// What is searched with: a row of the file, or a clip that is embedded for it.
struct SearchQuery {
  /// nil for a file.
  let row: Int?
  let title: String
  private let span: String
  private let set: SearchSet
  /// The whole vector, laid out as the rows are.
  private let values: [Float]
  private let path: String?
  private let moment: Double

  /// `text` is the number of a row, the path of a file, or a path as the table has it.
  init(_ text: String, _ set: SearchSet, _ invocation: Invocation) throws {
    self.set = set
    if let number = try Int(text) ?? (Folder.hasEntry(text) ? nil : set.row(of: text)) {
      try invocation.values.refuse([ModelOptions.made.option], in: "search --query with a row")
      guard (0..<set.vectors.rows).contains(number) else {
        throw CommandFailure(
          .usage, "--query \(text): \(set.path) has the rows 0 to \(set.vectors.rows - 1)")
      }
      row = number
      let set = try set.knowing([number])
      title = set.title(number)
      span = set.span(number)
      values = try Vectors(set.vectors).unit(number)
      path = set.file(number)
      moment = set.moment(number)
    } else {
      let clip = try Self.embed(text, set, invocation)
      row = nil
      title = Folder.lastName(of: text)
      span = ""
      values = clip.vector
      path = text
      moment = (clip.row.start + clip.row.end) / 2
    }
  }

  /// The vector of a file as one row, made as those of the set were.
  private static func embed(
    _ path: String, _ set: SearchSet, _ invocation: Invocation
  ) throws -> (row: EmbeddingRow, vector: [Float]) {
    guard Folder.hasEntry(path) else {
      throw CommandFailure(
        .noInput,
        "--query \(path): neither a row's number, nor a file, nor a path in the table of "
          + "\(set.path); check it")
    }
    guard let description = set.description else {
      throw CommandFailure(
        .usage,
        "\(set.path): no .json beside it tells how its rows were made; only rows can be searched with"
      )
    }
    try description.checkFeatures(set.path)
    let encoder = try ModelOptions.clipEncoder(invocation, of: description, in: set.path)
    // What has no file has its name alone: the raw colours and what is drawn from a seed.
    let isSame =
      encoder.modelHash == description.modelHash
      && (!encoder.modelHash.isEmpty || encoder.name == description.model)
    var settings = description.settings
    settings.perWindow = false
    let embedder =
      isSame
      ? try ClipEmbedder(
        encoder: encoder, settings: settings, source: try invocation.decoding.source()) : nil
    guard let embedder, embedder.videoDimensions == description.videoDimensions,
      embedder.audioDimensions == description.audioDimensions
    else {
      throw CommandFailure(
        .badData,
        "\(set.path): was made by another model than \(encoder.name), by \(description.model); give that one "
          + "as --model, or embed again")
    }
    let clip = try embedder.embed(path)
    guard let row = clip.rows.first else {
      throw CommandFailure(.badData, "\(path): \(clip.failure ?? "nothing could be decoded")")
    }
    return row
  }

  /// The parts of the query and of the clips that are compared, given those that were asked for.
  func parts(
    by: SearchSet.Part?, find: SearchSet.Part?
  ) throws -> (by: SearchSet.Part, find: SearchSet.Part) {
    let chosen = try by ?? whatIsThere(find)
    let sought = find ?? chosen
    guard chosen == sought || (set.isShared && chosen != .both && sought != .both) else {
      throw CommandFailure(
        .usage,
        set.isShared
          ? "--by \(chosen.rawValue) and --find \(sought.rawValue) cannot be compared; "
            + "give video or audio for each"
          : "--by \(chosen.rawValue) and --find \(sought.rawValue) are not in one space; "
            + "use the same part, or embed with --space av")
    }
    return (chosen, sought)
  }

  /// Both parts where both are there, else the one that is. Across the shared space, what was not asked for.
  private func whatIsThere(_ find: SearchSet.Part?) throws -> SearchSet.Part {
    let there = [SearchSet.Part.video, .audio].filter { part in
      guard let columns = try? set.part(part).columns else { return false }
      return values[columns].contains { $0 != 0 }
    }
    if set.isShared, let find, find != .both {
      let other: SearchSet.Part = find == .video ? .audio : .video
      return there.contains(other) ? other : find
    }
    return there.count == 1 ? there[0] : .both
  }

  func vector(_ part: SearchSet.Part) throws -> [Float] {
    Array(values[try set.part(part).columns])
  }

  func item(_ source: MediaSource) -> ClipSheet.Item {
    ClipSheet.Item(
      title: title, detail: span,
      image: path.flatMap { Thumbnails.picture($0, at: moment, source) })
  }
}
