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
    let clips = range.count
    let (first, end) = (range.lowerBound * views, range.upperBound * views)
    let (videos, audios) = (set.description.videoDimensions, set.description.audioDimensions)
    var video = [[Float]](repeating: [], count: views)
    var audio = video
    for view in 0..<views {
      video[view].reserveCapacity(clips * videos)
      audio[view].reserveCapacity(clips * audios)
    }
    // A block at a time: the matrix may be large.
    let block = max(1, 512 / views) * views
    for start in stride(from: first, to: end, by: block) {
      let rows = start..<min(end, start + block)
      let values = try set.matrix.tensor(rows: rows).array
      for row in 0..<rows.count {
        let view = row % views
        let whole = row - view
        func part(_ row: Int, _ columns: Range<Int>) -> [Float] {
          let base = row * (videos + audios)
          return unitLength(values[base + columns.lowerBound..<base + columns.upperBound])
        }
        func known(_ columns: Range<Int>) -> [Float] {
          let own = part(row, columns)
          return view == 0 || own.contains { $0 != 0 } ? own : part(whole, columns)
        }
        video[view] += known(0..<videos)
        audio[view] += known(videos..<videos + audios)
      }
    }
    let entries = range.map { set.rows[$0 * views] }
    self.init(
      paths: entries.map(\.path), video: video.map { Tensor($0, [clips, videos]) },
      audio: audio.map { Tensor($0, [clips, audios]) },
      hasVideo: entries.map { $0.hasVideo && videos > 0 },
      hasAudio: entries.map { $0.hasAudio && audios > 0 })
  }
}
