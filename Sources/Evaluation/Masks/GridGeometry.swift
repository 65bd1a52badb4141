/// How a frame lies under the grid of features: the frame as its user sees it, its scaled form that the model
/// sees, and the cells of 8×8 of the latter's pixels.
package struct GridGeometry: Sendable, Equatable {
  /// Pixels of the user's frame.
  package let width: Int
  package let height: Int
  /// Pixels of the frame that the model sees.
  package let modelWidth: Int
  package let modelHeight: Int

  package var columns: Int { FeatureModel.cellCount(modelWidth) }
  package var rows: Int { FeatureModel.cellCount(modelHeight) }

  /// The model sees the frame scaled to `lines` lines where that is fewer than it has.
  package init(width: Int, height: Int, lines: Int? = nil) {
    self.width = width
    self.height = height
    if let lines, lines < height {
      modelHeight = lines
      modelWidth = max(1, Int((Double(width * lines) / Double(height)).rounded()))
    } else {
      (modelWidth, modelHeight) = (width, height)
    }
  }

  /// Pixels of the user's frame to a cell.
  var cellWidth: Double { Double(FeatureModel.stride * width) / Double(modelWidth) }
  var cellHeight: Double { Double(FeatureModel.stride * height) / Double(modelHeight) }

  /// The cells around each column of pixels.
  var acrossPixels: LinearTaps {
    LinearTaps(count: width, limit: columns) { (Double($0) + 0.5) / cellWidth - 0.5 }
  }
  /// The cells around each row of pixels.
  var downPixels: LinearTaps {
    LinearTaps(count: height, limit: rows) { (Double($0) + 0.5) / cellHeight - 0.5 }
  }
  /// The pixels around the middle of each column of cells.
  var acrossCells: LinearTaps {
    LinearTaps(count: columns, limit: width) { (Double($0) + 0.5) * cellWidth - 0.5 }
  }
  /// The pixels around the middle of each row of cells.
  var downCells: LinearTaps {
    LinearTaps(count: rows, limit: height) { (Double($0) + 0.5) * cellHeight - 0.5 }
  }
}

/// Linear interpolation along one axis: for every place the two neighbours and the share of the upper one;
/// beyond the border the last one counts.
struct LinearTaps {
  private(set) var lower: [Int] = []
  private(set) var upper: [Int] = []
  private(set) var shares: [Float] = []

  init(count: Int, limit: Int, _ position: (Int) -> Double) {
    for place in 0..<count {
      let at = min(max(0, position(place)), Double(limit - 1))
      let below = Int(at)
      lower.append(below)
      upper.append(min(below + 1, limit - 1))
      shares.append(Float(at - Double(below)))
    }
  }
}
