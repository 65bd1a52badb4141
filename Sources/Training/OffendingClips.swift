import ClipData
import TensorCore

/// The clips of a batch whose step was skipped, by the files that they are of.
struct OffendingClips {
  /// The files alone whose pictures or sound hold a value that is not finite; without one all of the batch.
  let text: String

  /// Files that are named.
  private static let most = 8

  init(_ batch: ClipBatch, _ source: any BatchSource) {
    let faulty = Set(Self.faulty(batch.images, batch) + Self.faulty(batch.audio, batch))
    let clips = faulty.isEmpty ? Array(batch.videos.indices) : faulty.sorted()
    var names: [String] = []
    for clip in clips {
      let name = source.name(ofVideo: batch.videos[clip])
      if !names.contains(name) { names.append(name) }
    }
    let more = names.count > Self.most ? " and \(names.count - Self.most) more" : ""
    text =
      (faulty.isEmpty ? "clips of " : "not finite in ")
      + names.prefix(Self.most).joined(separator: ", ")
      + more
  }

  /// The clips of which a part of `values` is not finite; the rows of a clip lie together.
  private static func faulty(_ values: Tensor?, _ batch: ClipBatch) -> [Int] {
    guard let values, batch.clips > 0, values.count > 0, !values.isFinite else { return [] }
    let perClip = values.count / batch.clips
    let all = values.array
    return (0..<batch.clips).filter { clip in
      !all[clip * perClip..<(clip + 1) * perClip].allSatisfy(\.isFinite)
    }
  }
}
