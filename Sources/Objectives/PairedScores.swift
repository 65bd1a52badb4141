import TensorCore

/// Embeddings gathered over batches, with the video of each.
package struct EmbeddingTable {
  private var values: [Float] = []
  package private(set) var videos: [Int] = []
  private var dimension = 1

  package init() {}

  /// Appends the rows of `embeddings` with the video of each.
  package mutating func append(_ embeddings: Tensor, videos newVideos: [Int]) {
    precondition(
      embeddings.shape.rank == 2 && embeddings.shape[0] == newVideos.count,
      "gathering \(embeddings.shape.text) of \(newVideos.count) videos")
    dimension = embeddings.shape[1]
    values += embeddings.array
    videos += newVideos
  }

  var tensor: Tensor { Tensor(values, [videos.count, dimension]) }
}

/// Two embeddings of each of some clips, compared all with all in both directions: how often the two that
/// belong together are the nearest. Rows of the same video are never set against each other.
package struct PairedScores {
  /// Of all choices between the own partner and that of another video, the share taken rightly; a tie
  /// counts half. Chance is 1/2. nil where there is no choice.
  package let correspondence: HeldOutScore?
  /// The share whose own partner is nearer than a partner drawn from each other video, in the mean of all draws; a tie
  /// counts as a miss. Chance is one in the number of videos. (Against all partners of all videos at once it would be
  /// anything up to that: those of a video lie together.) nil where there is no choice.
  package let retrieval: HeldOutScore?

  /// Row i of `first` belongs to row i of `second`.
  package init(_ first: EmbeddingTable, _ second: EmbeddingTable) {
    precondition(
      first.videos == second.videos,
      "pairs of \(first.videos.count) rows and \(second.videos.count)")
    var tally = Tally()
    let (videos, sizes) = Self.numbered(first.videos)
    tally.add(first.tensor, second.tensor, videos, sizes)
    tally.add(second.tensor, first.tensor, videos, sizes)
    guard tally.queries > 0 else {
      correspondence = nil
      retrieval = nil
      return
    }
    let queries = Double(tally.queries)
    correspondence = HeldOutScore(
      name: "correspondence", value: tally.right / Double(tally.choices), chance: 0.5,
      count: tally.choices)
    retrieval = HeldOutScore(
      name: "retrieval@1", value: tally.hits / queries, chance: 1 / Double(sizes.count),
      count: tally.queries)
  }

  /// The videos numbered from 0 on in their order, and how many rows each has.
  private static func numbered(_ videos: [Int]) -> (numbers: [Int], sizes: [Int]) {
    var known: [Int: Int] = [:]
    var sizes: [Int] = []
    let numbers = videos.map { video in
      let number = known[video] ?? sizes.count
      if number == sizes.count {
        known[video] = number
        sizes.append(0)
      }
      sizes[number] += 1
      return number
    }
    return (numbers, sizes)
  }
}

private struct Tally {
  var right = 0.0
  var choices = 0
  var hits = 0.0
  var queries = 0

  /// Every row of `queries` against all of `partners`, a block of rows at a time: the memory grows with
  /// the rows and not with their square.
  mutating func add(_ queries: Tensor, _ partners: Tensor, _ videos: [Int], _ sizes: [Int]) {
    let count = videos.count
    let block = 256
    for start in stride(from: 0, to: count, by: block) {
      let rows = start..<min(count, start + block)
      let scores = matmul(queries.slice(rows), transposed: false, partners, transposed: true)
      scores.withData { scores in
        for row in rows { add(scores + (row - start) * count, row, videos, sizes) }
      }
    }
  }

  private mutating func add(
    _ scores: UnsafePointer<Float>, _ query: Int, _ videos: [Int], _ sizes: [Int]
  ) {
    let own = scores[query]
    let video = videos[query]
    guard sizes.count > 1 else { return }
    var below = [Int](repeating: 0, count: sizes.count)
    var ties = 0
    for other in videos.indices where videos[other] != video {
      if scores[other] < own {
        below[videos[other]] += 1
      } else if scores[other] == own {
        ties += 1
      }
    }
    right += Double(below.reduce(0, +)) + 0.5 * Double(ties)
    choices += videos.count - sizes[video]
    hits += sizes.indices.reduce(1) { product, other in
      other == video ? product : product * Double(below[other]) / Double(sizes[other])
    }
    queries += 1
  }
}
