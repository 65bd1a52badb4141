/// Which pixels belong to an object.
package struct BinaryMask: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Row-major; 1 within, 0 without.
  package var pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels of \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The pixels of `labels` that are `object`.
  package init(_ labels: LabelMask, object: UInt8) {
    self.init(
      width: labels.width, height: labels.height,
      pixels: labels.pixels.map { $0 == object ? 1 : 0 })
  }

  /// How many pixels belong to it.
  package var area: Int { pixels.reduce(0) { $0 + Int($1) } }

  /// Intersection over union (the Jaccard index J); 1 where both are empty.
  package func overlap(with other: BinaryMask) -> Double {
    var (both, either) = (0, 0)
    pixels.withUnsafeBufferPointer { mine in
      other.pixels.withUnsafeBufferPointer { theirs in
        for at in mine.indices {
          both &+= Int(mine[at] & theirs[at])
          either &+= Int(mine[at] | theirs[at])
        }
      }
    }
    return either == 0 ? 1 : Double(both) / Double(either)
  }
}
