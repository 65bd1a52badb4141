/// The contour measure F of DAVIS (Perazzi et al., CVPR 2016): how well the boundaries of two masks agree,
/// where a boundary pixel counts as met within a distance of 0.8 % of the image's diagonal.
package enum Boundary {
  /// The share of the diagonal within which boundaries meet.
  package static let tolerance = 0.008

  /// The harmonic mean of precision and recall of `mask`'s boundary against `truth`'s. 1 where neither has
  /// a boundary.
  package static func measure(_ mask: BinaryMask, truth: BinaryMask) -> Double {
    let (width, height) = (mask.width, mask.height)
    let diagonal = Double(width * width + height * height).squareRoot()
    let radius = Int((tolerance * diagonal).rounded(.up))
    let (found, wanted) = (edges(of: mask), edges(of: truth))
    let foundCount = found.area
    let wantedCount = wanted.area
    if foundCount == 0 && wantedCount == 0 { return 1 }
    if foundCount == 0 || wantedCount == 0 { return 0 }
    let precision = Double(shared(found, dilated(wanted, radius: radius))) / Double(foundCount)
    let recall = Double(shared(wanted, dilated(found, radius: radius))) / Double(wantedCount)
    return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall)
  }

  /// Pixels that differ from their neighbour to the east, south or south-east; in the last row and column
  /// only the neighbour that is there counts.
  static func edges(of mask: BinaryMask) -> BinaryMask {
    let (width, height) = (mask.width, mask.height)
    var result = [UInt8](repeating: 0, count: width * height)
    let pixels = mask.pixels
    for y in 0..<height {
      let south = y + 1 < height ? width : 0
      for x in 0..<width {
        let at = y * width + x
        let east = x + 1 < width ? 1 : 0
        let value = pixels[at]
        result[at] =
          (value ^ pixels[at + east]) | (value ^ pixels[at + south])
          | (value ^ pixels[at + east + south])
      }
    }
    return BinaryMask(width: width, height: height, pixels: result)
  }

  /// Everything within `radius` pixels of the mask (a disk, its rim included).
  static func dilated(_ mask: BinaryMask, radius: Int) -> BinaryMask {
    let (width, height) = (mask.width, mask.height)
    let reach = (0...radius).map { rows in
      var columns = Int(Double(radius * radius - rows * rows).squareRoot())
      while columns * columns > radius * radius - rows * rows { columns -= 1 }
      return columns
    }
    var result = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width where mask.pixels[y * width + x] != 0 {
        for row in max(0, y - radius)...min(height - 1, y + radius) {
          let columns = reach[abs(row - y)]
          for column in max(0, x - columns)...min(width - 1, x + columns) {
            result[row * width + column] = 1
          }
        }
      }
    }
    return BinaryMask(width: width, height: height, pixels: result)
  }

  private static func shared(_ a: BinaryMask, _ b: BinaryMask) -> Int {
    zip(a.pixels, b.pixels).reduce(0) { $0 + Int($1.0 & $1.1) }
  }
}
