import CKernels
import TensorCore

/// How unlike all labelled clips a clip is: its distance to the nearest of them (Tax, Duin, "Outlier detection using classifier
/// instability", 1998; Sun et al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022), 1 - cosine, the mean over
/// pictures and sound where it has both.
///
/// What counts as far is told by the labelled clips themselves, each measured against those of other groups: a clip is
/// taken to be of no labelled class only beyond the farthest of them and a margin. Of few labelled clips the farthest is not
/// very far out, so that the margin shrinks as they become more; and a labelled clip has one neighbour less
/// than the others, which makes the limit wider yet. With two labels a class few strangers are flagged, and
/// hardly any clip wrongly.
struct Strangeness: Sendable, Equatable {
  /// Rows of unit length, [labelled, D], zeros where a clip has not that part; nil where no clip has it.
  let video: Tensor?
  let audio: Tensor?
  /// The distances of labelled clips to the nearest of the others, rising.
  let known: [Double]
  let limit: Double

  init(video: Tensor?, audio: Tensor?, known: [Double], limit: Double) {
    (self.video, self.audio, self.known, self.limit) = (video, audio, known, limit)
  }

  /// Measures labelled clips, rows of the features.
  init(_ features: [Part: PartFeatures], _ clips: [LabelledClip]) {
    let rows = clips.map(\.row)
    func units(_ part: Part) -> Tensor? { features[part].map { $0.views[0].rows(rows).unitRows() } }
    let known = Self.leftOut(features, clips).filter(\.isFinite).sorted()
    let middle = known.isEmpty ? 0 : known[known.count / 2]
    let farthest = known.last ?? .infinity
    let limit = farthest + Self.margin(known.count) * (farthest - middle)
    self.init(video: units(.video), audio: units(.audio), known: known, limit: limit)
  }

  /// The distance of each labelled clip to the nearest of the others, of other groups where there are any.
  static func leftOut(_ features: [Part: PartFeatures], _ clips: [LabelledClip]) -> [Double] {
    let rows = clips.map(\.row)
    func units(_ part: Part) -> Tensor? { features[part].map { $0.views[0].rows(rows).unitRows() } }
    let (video, audio) = (units(.video), units(.audio))
    let distances = Self.distances(video: video, audio: audio, video, audio)
    return clips.indices.map { clip in
      let others = clips.indices.filter {
        $0 != clip && (clips[clip].group == nil || clips[$0].group != clips[clip].group)
      }
      let all = others.isEmpty ? clips.indices.filter { $0 != clip } : others
      return all.reduce(.infinity) { min($0, distances[clip][$1]) }
    }
  }

  /// In spans from the middle of the known distances to the farthest.
  static func margin(_ count: Int) -> Double { 1 / Double(max(1, count)).squareRoot() }

  /// The distance of each row to the nearest labelled clip; infinite where they have no part in common.
  func distances(_ features: [Part: PartFeatures], view: Int = 0) -> [Double] {
    func units(_ part: Part) -> Tensor? { features[part].map { $0.views[view].unitRows() } }
    return Self.distances(video: units(.video), audio: units(.audio), video, audio).map {
      $0.min() ?? .infinity
    }
  }

  /// The share of labelled clips that are less unlike the rest of them.
  func share(_ distance: Double) -> Double {
    guard distance.isFinite else { return 1 }
    return Double(known.count { $0 < distance }) / Double(max(1, known.count))
  }

  /// [queries][clips]: the mean of 1 - cosine over the parts that both have, infinite where there is none.
  private static func distances(
    video: Tensor?, audio: Tensor?, _ knownVideo: Tensor?, _ knownAudio: Tensor?
  ) -> [[Double]] {
    let parts = [(video, knownVideo), (audio, knownAudio)].compactMap { query, known in
      query.flatMap { query in
        known.map { known in
          (
            cosines: matmul(query, transposed: false, known, transposed: true).array,
            hasQuery: isThere(query), hasKnown: isThere(known)
          )
        }
      }
    }
    let queries = parts.first?.hasQuery.count ?? 0
    let count = parts.first?.hasKnown.count ?? 0
    return (0..<queries).map { query in
      (0..<count).map { known in
        var (sum, shared) = (0.0, 0.0)
        for part in parts where part.hasQuery[query] && part.hasKnown[known] {
          sum += 1 - Double(part.cosines[query * count + known])
          shared += 1
        }
        return shared > 0 ? sum / shared : .infinity
      }
    }
  }

  private static func isThere(_ rows: Tensor) -> [Bool] {
    let width = rows.shape[1]
    return rows.withData { data in
      (0..<rows.shape[0]).map { pk_sum_squares(width, data + $0 * width) > 0 }
    }
  }

  static func == (a: Strangeness, b: Strangeness) -> Bool {
    a.known == b.known && a.limit == b.limit && a.video?.array == b.video?.array
      && a.audio?.array == b.audio?.array
  }
}
