extension Tensor {
  /// The elements of `parts` one after the other, as a tensor of `shape`.
  package static func joining(_ parts: [Tensor], _ shape: Shape) -> Tensor {
    precondition(
      parts.reduce(0) { $0 + $1.count } == shape.elements,
      "joining tensors into one of another size")
    return .make(shape) { out in
      var place = 0
      for part in parts {
        part.withData { (out + place).update(from: $0, count: part.count) }
        place += part.count
      }
    }
  }
}
