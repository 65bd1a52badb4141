import Foundation
import TensorCore

/// A picture of vectors in the plane: first their two principal components, then moved so that neighbours
/// lie together (UMAP, McInnes, Healy, Melville 2018, section 3.2): attraction along the edges of the graph of
/// nearest neighbours, repulsion from points drawn at random.
///
/// Neighbours are exact. The points are moved one edge after the other, so the same seed gives the same bits for
/// any number of threads.
package struct NeighbourMap: Sendable {
  /// The first two principal components, [rows, 2].
  package let principal: Tensor
  /// The share of the variance that they show.
  package let principalShare: Double
  /// The map, [rows, 2].
  package let positions: Tensor

  /// The curve 1 / (1 + a d^(2b)) that fits points of a distance below 0.1 as touching, the rest falling off
  /// exponentially (UMAP's min_dist 0.1, spread 1).
  private static let a: Float = 1.576_943
  private static let b: Float = 0.895_061
  /// Points drawn for each attraction.
  private static let repulsions = 5
  /// The largest step along one axis.
  private static let clip: Float = 4
  /// Half of the width at which the principal components begin.
  private static let spread: Float = 10

  /// `unit` has rows of length 1, at least 3; `neighbours` is the size of the neighbourhoods that are kept.
  package init(
    _ unit: Tensor, neighbours: Int, seed: UInt64, progress: (Double) -> Void = { _ in }
  ) {
    let total = unit.shape[0]
    precondition(total >= 3, "a map of \(total) points")
    let wide = unit.shape[1] > 1
    let axes = PrincipalAxes(unit, count: wide ? 2 : 1)
    let flat = axes.coordinates(of: unit)
    principal =
      wide ? flat : Tensor(flat.array.flatMap { [$0, Float(0)] }, [total, 2])
    principalShare =
      axes.totalVariance > 0 ? axes.variances.reduce(0, +) / axes.totalVariance : 1
    let graph = NeighbourGraph(NearestOfEach(unit, count: min(neighbours, total - 1)))
    positions = Self.moved(principal, graph, seed: seed, progress)
  }

  private static func start(_ principal: Tensor, seed: UInt64) -> [Float] {
    let values = principal.array
    let largest = values.reduce(0) { max($0, abs($1)) }
    let factor = largest > 0 ? spread / largest : 0
    var random = CounterRandom(seed: seed, purpose: .projection, step: 1)
    // Equal points must be told apart to be moved apart.
    return values.map { $0 * factor + 1e-3 * random.normal() }
  }

  private static func moved(
    _ principal: Tensor, _ graph: NeighbourGraph, seed: UInt64, _ progress: (Double) -> Void
  ) -> Tensor {
    let total = principal.shape[0]
    let epochs = total <= 10_000 ? 500 : 200
    let heaviest = graph.edges.reduce(0) { max($0, $1.weight) }
    // Edges too light to be drawn once are left out.
    let edges = graph.edges.filter { $0.weight * Float(epochs) >= heaviest && $0.weight > 0 }
    // An edge is drawn every so many epochs.
    let periods = edges.map { heaviest / $0.weight }
    var due = periods
    var places = start(principal, seed: seed)
    places.withUnsafeMutableBufferPointer { places in
      for epoch in 1...epochs {
        var random = CounterRandom(seed: seed, purpose: .projection, epoch: epoch, step: 2)
        let rate = 1 - Float(epoch - 1) / Float(epochs)
        for index in edges.indices where due[index] <= Float(epoch) {
          due[index] += periods[index]
          let edge = edges[index]
          attract(places, Int(edge.from), Int(edge.to), rate)
          for _ in 0..<repulsions {
            let other = random.integer(below: total)
            if other != Int(edge.from) { repel(places, Int(edge.from), other, rate) }
          }
        }
        progress(Double(epoch) / Double(epochs))
      }
    }
    return centred(places)
  }

  private static func attract(
    _ places: UnsafeMutableBufferPointer<Float>, _ i: Int, _ j: Int, _ rate: Float
  ) {
    let dx = places[2 &* i] - places[2 &* j]
    let dy = places[2 &* i &+ 1] - places[2 &* j &+ 1]
    let square = dx * dx + dy * dy
    guard square > 0 else { return }
    let power = pow(square, b)
    let pull = -2 * a * b * power / square / (1 + a * power)
    let (x, y) = (rate * clipped(pull * dx), rate * clipped(pull * dy))
    places[2 &* i] += x
    places[2 &* i &+ 1] += y
    places[2 &* j] -= x
    places[2 &* j &+ 1] -= y
  }

  private static func repel(
    _ places: UnsafeMutableBufferPointer<Float>, _ i: Int, _ j: Int, _ rate: Float
  ) {
    let dx = places[2 &* i] - places[2 &* j]
    let dy = places[2 &* i &+ 1] - places[2 &* j &+ 1]
    let square = dx * dx + dy * dy
    guard square > 0 else { return }
    let push = 2 * b / ((0.001 + square) * (1 + a * pow(square, b)))
    places[2 &* i] += rate * clipped(push * dx)
    places[2 &* i &+ 1] += rate * clipped(push * dy)
  }

  private static func clipped(_ step: Float) -> Float { max(-clip, min(clip, step)) }

  /// The points about their mean.
  private static func centred(_ places: [Float]) -> Tensor {
    let total = places.count / 2
    let means = (0..<2).map { axis in
      Float((0..<total).reduce(0.0) { $0 + Double(places[2 * $1 + axis]) } / Double(total))
    }
    return Tensor(places.enumerated().map { $1 - means[$0 % 2] }, [total, 2])
  }
}
