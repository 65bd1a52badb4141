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
    for (a, b) in zip(pixels, other.pixels) {
      both += Int(a & b)
      either += Int(a | b)
    }
    return either == 0 ? 1 : Double(both) / Double(either)
  }
}

/// Objects of one frame by number, as an indexed picture holds them: 0 is the background.
package struct LabelMask: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// Row-major.
  package var pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels of \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The value that DAVIS sets aside for pixels that are not judged.
  package static let void: UInt8 = 255

  /// The objects in it, rising; neither background nor void.
  package var objects: [UInt8] {
    var seen = [Bool](repeating: false, count: 256)
    for pixel in pixels { seen[Int(pixel)] = true }
    return (1..<255).filter { seen[$0] }.map(UInt8.init)
  }
}
