/// How well points were followed.
///
/// PCK: the share of visible points found within α of the longer side of the box around the frame's visible
/// points; points of frames without such a box are left out. TAP-Vid (Doersch et al., NeurIPS 2022), over 256×256 pixels: the share of visible
/// points within 1, 2, 4, 8 and 16 pixels, whether visibility was told rightly, and their Jaccard index.
package struct PointScores: Sendable {
  /// One point of one labelled frame after the point's first.
  package struct Item: Sendable {
    package var wanted: (x: Double, y: Double)
    package var isVisible: Bool
    package var found: (x: Double, y: Double)
    package var isFound: Bool
    /// What PCK's distances are a share of, in pixels of the frame; nil where the frame has none.
    package var scale: Double?

    package init(
      wanted: (x: Double, y: Double), isVisible: Bool, found: (x: Double, y: Double),
      isFound: Bool, scale: Double?
    ) {
      self.wanted = wanted
      self.isVisible = isVisible
      self.found = found
      self.isFound = isFound
      self.scale = scale
    }
  }

  package static let thresholds = [1.0, 2, 4, 8, 16]
  /// Pixels of a side of the square that TAP-Vid's distances are measured in.
  private static let square = 256.0

  /// Visible points that were judged.
  package let visible: Int
  /// nil where no frame has a box.
  package let pck10: Double?
  package let pck20: Double?
  package let averageJaccard: Double
  package let positionAccuracy: Double
  package let occlusionAccuracy: Double

  /// Scores the items of one video of `width` × `height`.
  package init(_ items: [Item], width: Int, height: Int) {
    func share(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? .nan : Double(part) / Double(whole)
    }
    let shown = items.filter(\.isVisible)
    let scaled = shown.compactMap { item in item.scale.map { (Self.distance(item, 1, 1), $0) } }
    func pck(_ alpha: Double) -> Double? {
      scaled.isEmpty ? nil : share(scaled.count { $0 <= alpha * $1 }, scaled.count)
    }
    visible = shown.count
    pck10 = pck(0.1)
    pck20 = pck(0.2)
    let (sx, sy) = (Self.square / Double(width), Self.square / Double(height))
    var (positions, jaccards) = (0.0, 0.0)
    for threshold in Self.thresholds {
      var (within, hits, wrong) = (0, 0, 0)
      for item in items {
        let isNear = Self.distance(item, sx, sy) < threshold
        if item.isVisible, isNear { within += 1 }
        if item.isVisible, isNear, item.isFound { hits += 1 }
        if item.isFound, !item.isVisible || !isNear { wrong += 1 }
      }
      positions += share(within, shown.count)
      jaccards += share(hits, shown.count + wrong)
    }
    positionAccuracy = positions / Double(Self.thresholds.count)
    averageJaccard = jaccards / Double(Self.thresholds.count)
    occlusionAccuracy = share(items.count { $0.isVisible == $0.isFound }, items.count)
  }

  /// The mean over videos; that of PCK over those that have it.
  package init(mean parts: [PointScores]) {
    func mean(_ value: (PointScores) -> Double) -> Double {
      parts.map(value).reduce(0, +) / Double(parts.count)
    }
    func meanOfKnown(_ value: (PointScores) -> Double?) -> Double? {
      let known = parts.compactMap(value)
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
    visible = parts.reduce(0) { $0 + $1.visible }
    pck10 = meanOfKnown(\.pck10)
    pck20 = meanOfKnown(\.pck20)
    averageJaccard = mean(\.averageJaccard)
    positionAccuracy = mean(\.positionAccuracy)
    occlusionAccuracy = mean(\.occlusionAccuracy)
  }

  private static func distance(_ item: Item, _ sx: Double, _ sy: Double) -> Double {
    let (dx, dy) = ((item.found.x - item.wanted.x) * sx, (item.found.y - item.wanted.y) * sy)
    return (dx * dx + dy * dy).squareRoot()
  }
}
