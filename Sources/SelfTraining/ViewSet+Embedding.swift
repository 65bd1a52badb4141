import Evaluation
import Storage
import TensorCore

extension ViewSet {
  /// All clips of an embedding.
  package init(_ set: EmbeddingSet) throws {
    try self.init(set, clips: 0..<(try Self.clips(in: set)))
  }

  /// How many clips an embedding has: files, or windows. Throws where its rows do not come out even.
  package static func clips(in set: EmbeddingSet) throws(EvaluationError) -> Int {
    let views = set.description.settings.views
    guard set.rows.count % views == 0 else {
      throw EvaluationError(
        .badData,
        "\(set.files.npy): \(set.rows.count) rows are not \(views) of each file; remove it")
    }
    return set.rows.count / views
  }

  /// Some clips of an embedding, whose rows are the views of one clip after the other. Where a part is missing in a
  /// view and not in the whole clip, the whole clip's stands for it.
  package init(_ set: EmbeddingSet, clips range: Range<Int>) throws(StorageError) {
    let views = set.description.settings.views
    let (first, end) = (range.lowerBound * views, range.upperBound * views)
    var rows = ViewRows(
      views: views, video: set.description.videoDimensions, audio: set.description.audioDimensions)
    // A block at a time: the matrix may be large.
    let block = max(1, 512 / views) * views
    for start in stride(from: first, to: end, by: block) {
      let wanted = start..<min(end, start + block)
      rows.add(try set.matrix.tensor(rows: wanted).array)
    }
    self = rows.set(range.map { set.rows[$0 * views] })
  }

  /// Clips that were embedded just now, a row a view each.
  package init(_ files: [EmbeddedFile], _ embedder: ClipEmbedder) {
    let views = embedder.settings.views
    var rows = ViewRows(
      views: views, video: embedder.videoDimensions, audio: embedder.audioDimensions)
    for file in files {
      precondition(file.rows.count == views, "\(file.rows.count) rows of \(views) views")
      for row in file.rows { rows.add(row.vector) }
    }
    self = rows.set(files.map { $0.rows[0].row })
  }
}

/// Takes the rows of an embedding, the views of one clip after the other, apart.
private struct ViewRows {
  private let views: Int
  private let videos: Int
  private let audios: Int
  private var video: [[Float]]
  private var audio: [[Float]]
  /// Values of a clip whose views are not all there yet.
  private var pending: [Float] = []

  init(views: Int, video: Int, audio: Int) {
    (self.views, videos, audios) = (views, video, audio)
    self.video = [[Float]](repeating: [], count: views)
    self.audio = self.video
  }

  /// Takes in whole rows.
  mutating func add(_ values: [Float]) {
    pending += values
    let clip = views * (videos + audios)
    var start = 0
    while start + clip <= pending.count, clip > 0 {
      for view in 0..<views {
        video[view] += part(start, view, 0..<videos)
        audio[view] += part(start, view, videos..<videos + audios)
      }
      start += clip
    }
    pending.removeFirst(start)
  }

  /// A part of a view at unit length; where it is missing and not in the whole clip, the whole clip's.
  private func part(_ start: Int, _ view: Int, _ columns: Range<Int>) -> [Float] {
    func own(_ view: Int) -> [Float] {
      let base = start + view * (videos + audios)
      return unitLength(pending[base + columns.lowerBound..<base + columns.upperBound])
    }
    let part = own(view)
    return view == 0 || part.contains { $0 != 0 } ? part : own(0)
  }

  /// The set of the clips of which `entries` are the first rows.
  func set(_ entries: [EmbeddingRow]) -> ViewSet {
    ViewSet(
      paths: entries.map(\.path), video: video.map { Tensor($0, [entries.count, videos]) },
      audio: audio.map { Tensor($0, [entries.count, audios]) },
      hasVideo: entries.map { $0.hasVideo && videos > 0 },
      hasAudio: entries.map { $0.hasAudio && audios > 0 })
  }
}
