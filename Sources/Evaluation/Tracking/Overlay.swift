import TensorCore

/// Draws what was found over a frame.
package enum Overlay {
  /// Tints every object of `mask` in its colour, darker on its outline, and puts a disk on every point. The
  /// mask and the points' places may be of another size than the picture.
  package static func draw(
    on picture: inout Picture, mask: LabelMask, points: [(id: String, x: Double, y: Double)]
  ) {
    let (width, height) = (picture.width, picture.height)
    let columns = (0..<width).map { min(mask.width - 1, (2 * $0 + 1) * mask.width / (2 * width)) }
    let rows = (0..<height).map { min(mask.height - 1, (2 * $0 + 1) * mask.height / (2 * height)) }
    let tints = (0..<256).map { id in
      let colour = Picture.colour(of: id)
      return [Int(colour.red), Int(colour.green), Int(colour.blue)]
    }
    picture.pixels.withUnsafeMutableBufferPointer { pixels in
      nonisolated(unsafe) let pixels = pixels
      mask.pixels.withUnsafeBufferPointer { labels in
        nonisolated(unsafe) let labels = labels
        parallelFor(height) { y in
          let row = rows[y] * mask.width
          let above = rows[max(0, y - 1)] * mask.width
          let below = rows[min(height - 1, y + 1)] * mask.width
          for x in 0..<width {
            let id = labels[row + columns[x]]
            guard id != 0 else { continue }
            let isRim =
              labels[row + columns[max(0, x - 1)]] != id
              || labels[row + columns[min(width - 1, x + 1)]] != id
              || labels[above + columns[x]] != id || labels[below + columns[x]] != id
            let share = isRim ? 100 : 45
            let at = (y * width + x) * 3
            for c in 0..<3 {
              let old = Int(pixels[at + c])
              pixels[at + c] = UInt8(old + (tints[Int(id)][c] - old) * share / 100)
            }
          }
        }
      }
    }
    let radius = max(3, Double(height) / 120)
    for (id, x, y) in points {
      picture.disk(
        x: x * Double(width) / Double(mask.width), y: y * Double(height) / Double(mask.height),
        radius: radius, Picture.colour(of: number(of: id)))
    }
  }

  /// A number that stands for a point's colour.
  private static func number(of id: String) -> Int {
    Int(id).map { abs($0 % 251) } ?? id.utf8.reduce(7) { ($0 * 31 + Int($1)) % 251 }
  }
}

/// Pictures side by side, row by row.
package enum ContactSheet {
  /// Every picture scaled to `width` columns, `columns` in a row, on white.
  package static func sheet(_ pictures: [Picture], columns: Int, width: Int) -> Picture? {
    guard let first = pictures.first, columns > 0 else { return nil }
    let gap = 4
    let height = max(1, width * first.height / first.width)
    let rows = (pictures.count + columns - 1) / columns
    let across = min(columns, pictures.count)
    var sheet = Picture(
      width: across * (width + gap) + gap, height: rows * (height + gap) + gap, grey: 255)
    for (index, picture) in pictures.enumerated() {
      sheet.put(
        picture.scaled(width: width, height: height), x: gap + index % columns * (width + gap),
        y: gap + index / columns * (height + gap))
    }
    return sheet
  }
}
