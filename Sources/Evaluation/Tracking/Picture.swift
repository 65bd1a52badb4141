/// An RGB picture that is drawn on.
package struct Picture: Sendable {
  package let width: Int
  package let height: Int
  /// `height * width * 3` bytes.
  package var pixels: [UInt8]

  package typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "\(pixels.count) bytes of \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  package init(width: Int, height: Int, grey: UInt8) {
    self.init(
      width: width, height: height,
      pixels: [UInt8](repeating: grey, count: width * height * 3))
  }

  /// The colour of object `id`, always the same: hues a golden angle apart, all bright.
  package static func colour(of id: Int) -> Colour {
    let hue = (Double(id) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
    func channel(_ shift: Double) -> UInt8 {
      let k = (shift + hue).truncatingRemainder(dividingBy: 6)
      return UInt8(255 * (1 - 0.9 * max(0, min(k, 4 - k, 1))))
    }
    return (channel(5), channel(3), channel(1))
  }

  /// Mixes a share of `colour` into the pixel at (x, y), if it lies within.
  package mutating func mix(_ colour: Colour, _ share: Int, x: Int, y: Int) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let at = (y &* width &+ x) &* 3
    let channels = [colour.red, colour.green, colour.blue]
    for c in 0..<3 {
      let old = Int(pixels[at &+ c])
      pixels[at &+ c] = UInt8(old + (Int(channels[c]) - old) * share / 100)
    }
  }

  /// A filled disk around (x, y) with a dark rim.
  package mutating func disk(x: Double, y: Double, radius: Double, _ colour: Colour) {
    let reach = Int(radius) + 2
    for py in Int(y) - reach...Int(y) + reach {
      for px in Int(x) - reach...Int(x) + reach {
        let (dx, dy) = (Double(px) + 0.5 - x, Double(py) + 0.5 - y)
        let distance = (dx * dx + dy * dy).squareRoot()
        if distance <= radius {
          mix(colour, 100, x: px, y: py)
        } else if distance <= radius + 1 {
          mix((0, 0, 0), 70, x: px, y: py)
        }
      }
    }
  }

  /// The outline of a rectangle.
  package mutating func frame(_ box: PixelBox, _ colour: Colour) {
    for x in box.x..<box.x + max(1, box.width) {
      mix(colour, 100, x: x, y: box.y)
      mix(colour, 100, x: x, y: box.y + box.height - 1)
    }
    for y in box.y..<box.y + max(1, box.height) {
      mix(colour, 100, x: box.x, y: y)
      mix(colour, 100, x: box.x + box.width - 1, y: y)
    }
  }

  /// Puts `picture` with its upper left corner at (x, y); what would lie outside is cut off.
  package mutating func put(_ picture: Picture, x: Int, y: Int) {
    for row in 0..<picture.height where (0..<height).contains(y + row) {
      for column in 0..<picture.width where (0..<width).contains(x + column) {
        let from = (row * picture.width + column) * 3
        let to = ((y + row) * width + x + column) * 3
        for c in 0..<3 { pixels[to + c] = picture.pixels[from + c] }
      }
    }
  }

  /// The picture at another size, each pixel the mean of those it stands for.
  package func scaled(width: Int, height: Int) -> Picture {
    var result = Picture(width: width, height: height, grey: 0)
    for y in 0..<height {
      let rows =
        y * self.height / height..<max(y * self.height / height + 1, (y + 1) * self.height / height)
      for x in 0..<width {
        let columns =
          x * self.width / width..<max(x * self.width / width + 1, (x + 1) * self.width / width)
        var sums = (0, 0, 0)
        for row in rows {
          for column in columns {
            let at = (row &* self.width &+ column) &* 3
            sums.0 += Int(pixels[at])
            sums.1 += Int(pixels[at &+ 1])
            sums.2 += Int(pixels[at &+ 2])
          }
        }
        let count = rows.count * columns.count
        let at = (y * width + x) * 3
        result.pixels[at] = UInt8(sums.0 / count)
        result.pixels[at + 1] = UInt8(sums.1 / count)
        result.pixels[at + 2] = UInt8(sums.2 / count)
      }
    }
    return result
  }
}
