import TensorCore

extension Tensor {
  /// Normal numbers of the given deviation, a function of the seed and of the parameter's name alone: what
  /// else the model holds does not change them.
  package static func normal(
    _ shape: Shape, deviation: Float, seed: UInt64, name: String
  ) -> Tensor {
    var random = CounterRandom(
      seed: seed, purpose: .initialisation, video: Int(truncatingIfNeeded: nameHash(name)))
    return Tensor((0..<shape.elements).map { _ in random.normal() * deviation }, shape)
  }
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo), of the name's UTF-8.
func nameHash(_ name: String) -> UInt64 {
  name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
