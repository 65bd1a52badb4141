import Foundation
import TensorCore

/// Points as labels: a Gaussian on the grid, whose centre of mass keeps the place within a cell.
enum PointLabels {
  /// Standard deviation in cells.
  static let deviation = 0.75
  /// Cells to either side of the highest one that count for the place.
  private static let reach = 2

  /// The point at (x, y), in pixels of the user's frame, as one channel [rows, columns].
  static func spread(x: Double, y: Double, _ grid: GridGeometry) -> [Float] {
    let (column, row) = (x / grid.cellWidth - 0.5, y / grid.cellHeight - 0.5)
    return (0..<grid.rows * grid.columns).map { cell in
      let dx = Double(cell % grid.columns) - column
      let dy = Double(cell / grid.columns) - row
      return Float(exp(-(dx * dx + dy * dy) / (2 * deviation * deviation)))
    }
  }

  /// Where channel `channel` of labels [rows, columns, K] has its point.
  static func reading(
    _ labels: Tensor, channel: Int, id: String, _ grid: GridGeometry, lostBelow: Double
  ) -> PointReading {
    let k = labels.shape[2]
    return labels.withData { values in
      func value(_ row: Int, _ column: Int) -> Double {
        Double(values[(row * grid.columns + column) * k + channel])
      }
      var peak = (row: 0, column: 0, value: -1.0)
      for row in 0..<grid.rows {
        for column in 0..<grid.columns where value(row, column) > peak.value {
          peak = (row, column, value(row, column))
        }
      }
      var (mass, sumX, sumY) = (0.0, 0.0, 0.0)
      for row in max(0, peak.row - reach)...min(grid.rows - 1, peak.row + reach) {
        for column in max(0, peak.column - reach)...min(grid.columns - 1, peak.column + reach) {
          mass += value(row, column)
          sumX += value(row, column) * Double(column)
          sumY += value(row, column) * Double(row)
        }
      }
      let whole = 2 * Double.pi * deviation * deviation
      let isThere = mass > 0
      let x = isThere ? sumX / mass : Double(peak.column)
      let y = isThere ? sumY / mass : Double(peak.row)
      return PointReading(
        id: id, x: (x + 0.5) * grid.cellWidth, y: (y + 0.5) * grid.cellHeight,
        confidence: min(1, mass / whole), isLost: !isThere || mass / whole < lostBelow)
    }
  }
}
