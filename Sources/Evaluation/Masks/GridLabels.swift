import TensorCore

/// From masks to soft labels on the grid.
enum GridLabels {
  /// How much of each cell is which object: [rows, columns, objects], by bilinear interpolation at the
  /// cell's middle, or with `area` by the share of its pixels.
  static func shares(
    of mask: LabelMask, objects: [UInt8], _ grid: GridGeometry, area: Bool
  ) -> Tensor {
    var channel = [Int](repeating: -1, count: 256)
    for (index, object) in objects.enumerated() { channel[Int(object)] = index }
    return area
      ? areas(mask, channel, objects.count, grid) : samples(mask, channel, objects.count, grid)
  }

  private static func samples(
    _ mask: LabelMask, _ channel: [Int], _ count: Int, _ grid: GridGeometry
  ) -> Tensor {
    let (across, down) = (grid.acrossCells, grid.downCells)
    return .make([grid.rows, grid.columns, count]) { out in
      out.update(repeating: 0, count: grid.rows * grid.columns * count)
      for row in 0..<grid.rows {
        for column in 0..<grid.columns {
          let cell = out + (row * grid.columns + column) * count
          let (sy, sx) = (down.shares[row], across.shares[column])
          for (y, wy) in [(down.lower[row], 1 - sy), (down.upper[row], sy)] {
            for (x, wx) in [(across.lower[column], 1 - sx), (across.upper[column], sx)] {
              let label = channel[Int(mask.pixels[y * mask.width + x])]
              if label >= 0 { cell[label] += wy * wx }
            }
          }
        }
      }
    }
  }

  /// Pixels on the border of two cells belong to the one that holds their middle.
  private static func areas(
    _ mask: LabelMask, _ channel: [Int], _ count: Int, _ grid: GridGeometry
  ) -> Tensor {
    func cells(_ pixels: Int, _ size: Double, _ limit: Int) -> [Int] {
      (0..<pixels).map { min(limit - 1, Int((Double($0) + 0.5) / size)) }
    }
    let columns = cells(mask.width, grid.cellWidth, grid.columns)
    let rows = cells(mask.height, grid.cellHeight, grid.rows)
    var pixels = [Float](repeating: 0, count: grid.rows * grid.columns)
    for row in rows {
      for column in columns { pixels[row * grid.columns + column] += 1 }
    }
    return .make([grid.rows, grid.columns, count]) { out in
      out.update(repeating: 0, count: grid.rows * grid.columns * count)
      for y in 0..<mask.height {
        for x in 0..<mask.width {
          let label = channel[Int(mask.pixels[y * mask.width + x])]
          if label >= 0 {
            let cell = rows[y] * grid.columns + columns[x]
            out[cell * count + label] += 1 / pixels[cell]
          }
        }
      }
    }
  }
}
