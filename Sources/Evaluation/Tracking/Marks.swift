/// A place in a frame, in pixels of the user's frame: (0.5, 0.5) is the middle of the first pixel.
package struct PointMark: Sendable, Equatable {
  package var id: String
  package var x: Double
  package var y: Double

  package init(id: String, x: Double, y: Double) {
    self.id = id
    self.x = x
    self.y = y
  }
}

/// What a user says of one frame: the objects in it, points in it, or both.
package struct Marks: Sendable, Equatable {
  package var mask: LabelMask?
  package var points: [PointMark]

  package init(mask: LabelMask? = nil, points: [PointMark] = []) {
    self.mask = mask
    self.points = points
  }
}

/// Where a point is in a frame.
package struct PointReading: Sendable, Equatable {
  package var id: String
  package var x: Double
  package var y: Double
  /// The mass around the place as a share of what the mark had, at most 1.
  package var confidence: Double
  package var isLost: Bool
}

/// What tracking found in one frame.
package struct TrackedFrame: Sendable, Equatable {
  package var mask: LabelMask
  package var objects: [ObjectReading]
  package var points: [PointReading]
}
