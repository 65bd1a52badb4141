/// The extents of a tensor, outermost first; up to eight of them, held inline so that shapes cost no
/// heap allocation.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, RandomAccessCollection {
  private var extents = SIMD8<Int32>(repeating: 1)
  /// How many extents there are; 0 is a scalar.
  package private(set) var rank = 0

  package init(_ extents: some Collection<Int>) {
    precondition(extents.count <= 8, "a shape has at most 8 extents, not \(extents.count)")
    for extent in extents {
      precondition(
        extent >= 0 && extent <= Int(Int32.max), "an extent of \(extent) is out of range")
      self.extents[rank] = Int32(extent)
      rank += 1
    }
  }

  package init(arrayLiteral elements: Int...) { self.init(elements) }

  package var startIndex: Int { 0 }
  package var endIndex: Int { rank }

  package subscript(axis: Int) -> Int {
    get {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape of rank \(rank)")
      return Int(extents[axis])
    }
    set {
      precondition(axis >= 0 && axis < rank, "axis \(axis) of a shape of rank \(rank)")
      extents[axis] = Int32(newValue)
    }
  }

  /// The number of elements: the product of the extents, 1 for a scalar.
  package var elements: Int {
    var product = 1
    for axis in 0..<rank { product *= Int(extents[axis]) }
    return product
  }

  /// The extents joined by ×, as errors print them.
  package var text: String { "[" + map(String.init).joined(separator: "×") + "]" }
}
