import Foundation

/// How strongly points belong together, from their nearest neighbours: the fuzzy simplicial set of McInnes,
/// Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection", 2018, section 3.1.
package struct NeighbourGraph: Sendable {
  package struct Edge: Sendable {
    package let from: Int32
    package let to: Int32
    /// In 0...1.
    package let weight: Float
  }
  /// Both directions of every pair, in the order of their first point.
  package let edges: [Edge]

  package init(_ nearest: NearestOfEach) {
    let k = nearest.count
    let total = nearest.rows.count / k
    let distances = nearest.scores.map { max(0, 1 - Double($0)) }
    let mean = distances.reduce(0, +) / Double(max(1, distances.count))
    let memberships = (0..<total).flatMap { point in
      Self.memberships(Array(distances[point * k..<(point + 1) * k]), mean: mean)
    }
    /// nil where the point is none of the other's neighbours.
    func membership(of point: Int, in other: Int) -> Double? {
      for place in other * k..<(other + 1) * k where nearest.rows[place] == Int32(point) {
        return memberships[place]
      }
      return nil
    }
    var joined: [[(to: Int32, weight: Float)]] = Array(repeating: [], count: total)
    for point in 0..<total {
      for place in point * k..<(point + 1) * k {
        let other = Int(nearest.rows[place])
        guard other >= 0 else { continue }
        let there = memberships[place]
        let back = membership(of: point, in: other)
        // A pair of which each is the other's neighbour is met twice; the first one to come adds it.
        guard back == nil || point < other else { continue }
        let weight = Float(there + (back ?? 0) - there * (back ?? 0))
        joined[point].append((Int32(other), weight))
        joined[other].append((Int32(point), weight))
      }
    }
    edges = joined.enumerated().flatMap { from, list in
      list.sorted { $0.to < $1.to }.map { Edge(from: Int32(from), to: $0.to, weight: $0.weight) }
    }
  }

  /// exp(-(d - nearest) / scale) with the scale at which they sum to log2(k + 1): the point itself counts as one
  /// of its neighbourhood there.
  private static func memberships(_ distances: [Double], mean: Double) -> [Double] {
    let nearest = distances.first { $0 > 0 } ?? 0
    let target = log2(Double(distances.count + 1))
    func sum(_ scale: Double) -> Double {
      distances.reduce(0) { $0 + exp(-max(0, $1 - nearest) / scale) }
    }
    var (low, high, scale) = (0.0, Double.infinity, 1.0)
    for _ in 0..<64 {
      let value = sum(scale)
      if abs(value - target) < 1e-5 { break }
      if value > target {
        high = scale
        scale = (low + high) / 2
      } else {
        low = scale
        scale = high.isFinite ? (low + high) / 2 : 2 * scale
      }
    }
    scale = max(scale, 1e-3 * mean, 1e-12)
    return distances.map { exp(-max(0, $0 - nearest) / scale) }
  }
}
