import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

/// The transition matrices between the nodes of two neighbouring frames, and their gradient.
///
/// Plain functions over one clip's memory: `PalindromeWalks` runs them clip by clip. All matrices are
/// `nodes` × `nodes`, row-major; a row sums to one.
enum Transitions {
  /// Turns affinities into transition probabilities in place: edge dropout, then row softmax of
  /// affinity / temperature.
  ///
  /// Each edge is dropped with probability `dropout` by draws of `random`; a row that would lose every
  /// edge keeps them all.
  static func fill(
    _ matrix: UnsafeMutablePointer<Float>, nodes: Int, temperature: Float, dropout: Float,
    random: CounterRandom?
  ) {
    var random = random
    for row in 0..<nodes {
      let line = matrix + row &* nodes
      if dropout > 0, random != nil { drop(line, nodes, dropout, &random) }
      softmax(line, nodes, 1 / temperature)
    }
  }

  private static func drop(
    _ line: UnsafeMutablePointer<Float>, _ nodes: Int, _ dropout: Float,
    _ random: inout CounterRandom?
  ) {
    withUnsafeTemporaryAllocation(of: Bool.self, capacity: nodes) { dropped in
      var left = nodes
      for column in 0..<nodes {
        let drops = (random?.uniform() ?? 1) < dropout
        dropped[column] = drops
        if drops { left -= 1 }
      }
      guard left > 0 else { return }
      for column in 0..<nodes where dropped[column] { line[column] = -.infinity }
    }
  }

  private static func softmax(_ line: UnsafeMutablePointer<Float>, _ nodes: Int, _ sharpness: Float)
  {
    var top = -Float.infinity
    for column in 0..<nodes { top = max(top, line[column]) }
    var total = 0.0
    for column in 0..<nodes {
      let weight = expf((line[column] - top) * sharpness)
      line[column] = weight
      total += Double(weight)
    }
    let scale = Float(1 / total)
    for column in 0..<nodes { line[column] *= scale }
  }

  /// Turns the gradient of transition probabilities into that of the affinities, in place.
  static func backpropagate(
    _ gradient: UnsafeMutablePointer<Float>, through transitions: UnsafePointer<Float>, nodes: Int,
    temperature: Float
  ) {
    let sharpness = 1 / temperature
    for row in 0..<nodes {
      let g = gradient + row &* nodes
      let p = transitions + row &* nodes
      var mean = 0.0
      for column in 0..<nodes { mean += Double(g[column]) * Double(p[column]) }
      let centre = Float(mean)
      for column in 0..<nodes {
        g[column] = p[column] == 0 ? 0 : p[column] * (g[column] - centre) * sharpness
      }
    }
  }
}
