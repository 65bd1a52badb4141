import CKernels
import TensorCore

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
    let factor = 1 / temperature
    guard dropout > 0, var random else {
      for row in 0..<nodes {
        let line = matrix + row &* nodes
        _ = pk_softmax_row(nodes, factor, line, nil, line)
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: nodes) { draws in
      withUnsafeTemporaryAllocation(of: Bool.self, capacity: nodes) { dropped in
        for row in 0..<nodes {
          random.fillUniform(draws)
          var left = 0
          for column in 0..<nodes {
            dropped[column] = draws[column] < dropout
            left &+= dropped[column] ? 0 : 1
          }
          let line = matrix + row &* nodes
          _ = pk_softmax_row(
            nodes, factor, line, left > 0 ? UnsafePointer(dropped.baseAddress) : nil, line)
        }
      }
    }
  }

  /// Turns the gradient of transition probabilities into that of the affinities, in place.
  ///
  /// An edge that was dropped has probability 0, which keeps its gradient 0.
  static func backpropagate(
    _ gradient: UnsafeMutablePointer<Float>, through transitions: UnsafePointer<Float>, nodes: Int,
    temperature: Float
  ) {
    for row in 0..<nodes {
      let g = gradient + row &* nodes
      pk_softmax_backward_row(nodes, 1 / temperature, transitions + row &* nodes, g, nil, g)
    }
  }
}
