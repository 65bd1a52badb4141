import Evaluation
import Foundation
import TensorCore

/// How unlike all labelled clips a clip is: its distance to the nearest of them (Sun et al., "Out-of-distribution detection
/// with deep nearest neighbors", ICML 2022), each feature divided by its deviation over all clips of the folder; the root of the
/// mean square over pictures and sound where both clips have both. About 1.4 for two clips drawn at random.
///
/// What counts as far is told by the labelled clips themselves, each measured against those of other groups: the limit is the
/// upper end of a one-sided prediction interval of the logarithm of that distance (Student's, so that few labels give
/// a wide one). Twins among the labelled clips say nothing about others: the smallest distances are taken to be no further below
/// the middle one than the greatest is above it.
struct Strangeness: Sendable, Equatable {
  /// nil where no clip has that part.
  let video: Reference?
  let audio: Reference?
  /// The distances of labelled clips to the nearest of the others, rising.
  let known: [Double]
  let limit: Double

  /// The share of clips of the labelled classes that the limit is meant to take for strangers.
  static let falseAlarms = 0.01

  init(video: Reference?, audio: Reference?, known: [Double], limit: Double) {
    (self.video, self.audio, self.known, self.limit) = (video, audio, known, limit)
  }

  /// Measures labelled clips, rows of the views, among all clips, by the parts that a classifier knows.
  init(_ views: ViewSet, _ clips: [LabelledClip], parts: [Part]) {
    let rows = clips.map(\.row)
    let video = parts.contains(.video) ? Reference(views.video[0], views.hasVideo, rows) : nil
    let audio = parts.contains(.audio) ? Reference(views.audio[0], views.hasAudio, rows) : nil
    let known = Self.leftOut(video, audio, clips).filter(\.isFinite).sorted()
    self.init(video: video, audio: audio, known: known, limit: Self.limit(known))
  }

  /// Where one more distance, drawn as those that are known (rising), lies beyond with a chance of `falseAlarms`.
  static func limit(_ known: [Double]) -> Double {
    let count = Double(known.count)
    guard known.count > 2, case let middle = known[known.count / 2], middle > 0 else {
      return .infinity
    }
    let least = middle * middle / known[known.count - 1]
    let logs = known.map { log(max($0, least)) }
    let mean = logs.reduce(0, +) / count
    let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let quantile = StudentT.quantile(1 - falseAlarms, degrees: count - 1)
    return exp(mean + quantile * (variance * (1 + 1 / count)).squareRoot())
  }

  /// The distance of each labelled clip, which it was measured with, to the nearest of the others, of other groups where there
  /// are any.
  func leftOut(_ clips: [LabelledClip]) -> [Double] { Self.leftOut(video, audio, clips) }

  private static func leftOut(
    _ video: Reference?, _ audio: Reference?, _ clips: [LabelledClip]
  ) -> [Double] {
    let distances = distances(
      [video, audio].compactMap { part in part.map { $0.distances(to: $0.rows) } })
    return clips.indices.map { clip in
      let others = clips.indices.filter {
        $0 != clip && (clips[clip].group == nil || clips[$0].group != clips[clip].group)
      }
      let all = others.isEmpty ? clips.indices.filter { $0 != clip } : others
      return all.reduce(.infinity) { min($0, distances[clip][$1]) }
    }
  }

  /// The distance of each clip, as its first view shows it, to the nearest labelled one; infinite where they have no part in
  /// common.
  func distances(_ views: ViewSet) -> [Double] {
    guard video != nil || audio != nil else { return views.paths.map { _ in .infinity } }
    return stride(from: 0, to: views.clips, by: Self.block).flatMap { start in
      let rows = start..<min(start + Self.block, views.clips)
      let parts = [
        video?.distances(to: views.video[0].slice(rows), Array(views.hasVideo[rows])),
        audio?.distances(to: views.audio[0].slice(rows), Array(views.hasAudio[rows])),
      ].compactMap { $0 }
      return Self.distances(parts).map { $0.min() ?? .infinity }
    }
  }

  /// The same in units of the limit: beyond 1 is out of the set. All 0 where nothing limits.
  func relativeDistances(_ views: ViewSet) -> [Double] {
    distances(views).map { limit.isFinite ? $0 / limit : 0 }
  }

  /// Clips that are looked at together: of many there would be very many distances.
  private static let block = 1024

  /// The share of labelled clips that are less unlike the rest of them.
  func share(_ distance: Double) -> Double {
    guard distance.isFinite else { return 1 }
    return Double(known.count { $0 < distance }) / Double(max(1, known.count))
  }

  /// [queries][labelled] over the parts that both have, infinite where there is none; `parts` hold squares, nil where
  /// one of both lacks the part.
  private static func distances(_ parts: [[[Double?]]]) -> [[Double]] {
    guard let first = parts.first else { return [] }
    return first.indices.map { query in
      first[query].indices.map { known in
        let squares = parts.compactMap { $0[query][known] }
        guard !squares.isEmpty else { return .infinity }
        return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
      }
    }
  }
}
