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

  /// Which of the 256 values occur.
  package var occurring: [Bool] {
    var seen = [Bool](repeating: false, count: 256)
    pixels.withUnsafeBufferPointer { for pixel in $0 { seen[Int(pixel)] = true } }
    return seen
  }

  /// The objects in it, rising; neither background nor void.
  package var objects: [UInt8] {
    let seen = occurring
    return (1..<255).filter { seen[$0] }.map(UInt8.init)
  }

  /// Whether it holds 255 and nothing else but 0: a mask of one object in black and white.
  package var isBlackAndWhite: Bool {
    let seen = occurring
    return seen[255] && !seen[1..<255].contains(true)
  }

  /// Everything that is not background as object 1. Void is background unless `white`.
  package func merged(white: Bool) -> LabelMask {
    LabelMask(
      width: width, height: height,
      pixels: pixels.map { $0 == 0 || ($0 == Self.void && !white) ? 0 : 1 })
  }

  /// Void taken for background.
  package var withoutVoid: LabelMask {
    LabelMask(width: width, height: height, pixels: pixels.map { $0 == Self.void ? 0 : $0 })
  }

  /// A mask of one object that fills a rectangle, cut at the border.
  package init(width: Int, height: Int, box: PixelBox, object: UInt8 = 1) {
    self.init(width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height))
    let rows = (box.y..<box.y + max(0, box.height)).clamped(to: 0..<height)
    let columns = (box.x..<box.x + max(0, box.width)).clamped(to: 0..<width)
    for y in rows {
      for x in columns { pixels[y * width + x] = object }
    }
  }
}

/// A rectangle of whole pixels.
package struct PixelBox: Sendable, Equatable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
