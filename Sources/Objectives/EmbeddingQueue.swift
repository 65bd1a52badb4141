import TensorCore

/// The newest embeddings of past steps with the videos they came from: negatives for a batch that is too
/// small to hold enough of its own (He et al., "Momentum Contrast", CVPR 2020).
package struct EmbeddingQueue {
  /// Rows of unit length, oldest first, [n, d] with n at most `limit`.
  package private(set) var rows: Tensor
  /// The video of each row.
  package private(set) var videos: [Int] = []
  package let limit: Int
  private let dimension: Int

  package init(limit: Int, dimension: Int) {
    self.limit = limit
    self.dimension = dimension
    rows = .zeros([0, dimension])
  }

  /// Appends the rows of `embeddings` and lets the oldest go beyond the limit. Rows that are not finite stay
  /// out, so that one bad step cannot poison those after it.
  package mutating func append(_ embeddings: Tensor, videos newVideos: [Int]) {
    precondition(
      embeddings.shape == [newVideos.count, dimension],
      "queueing \(embeddings.shape.text) for \(newVideos.count) videos")
    guard limit > 0 else { return }
    let added = newVideos.indices.filter { embeddings.slice($0..<$0 + 1).isFinite }
    let incoming = added.suffix(limit)
    let kept = min(videos.count, limit - incoming.count)
    let old = rows.slice(videos.count - kept..<videos.count)
    let d = dimension
    rows = .make([kept + incoming.count, d]) { out in
      old.withData { out.update(from: $0, count: kept * d) }
      embeddings.withData { source in
        for (place, row) in incoming.enumerated() {
          (out + (kept + place) * d).update(from: source + row * d, count: d)
        }
      }
    }
    videos = videos.suffix(kept) + incoming.map { newVideos[$0] }
  }

  /// The queue as tensors, for the checkpoint; nothing where it is empty. Indices of videos are exact in
  /// a float below 2^24.
  package var state: [String: Tensor] {
    get {
      videos.isEmpty
        ? [:] : ["rows": rows, "videos": Tensor(videos.map { Float($0) }, [videos.count])]
    }
    set {
      guard let newRows = newValue["rows"], let newVideos = newValue["videos"],
        newRows.shape == [newVideos.count, dimension], newVideos.count <= limit,
        case let numbers = newVideos.array.compactMap({ Int(exactly: $0) }),
        numbers.count == newVideos.count
      else {
        rows = .zeros([0, dimension])
        videos = []
        return
      }
      rows = newRows
      videos = numbers
    }
  }
}
