import Media
import Storage

/// Judges point tracking over a folder of frames with labelled points: every point is given in the first frame
/// that shows it and judged in the labelled frames after that.
package struct PointEvaluation {
  let model: FeatureModel
  let settings: TrackingSettings
  let source: MediaSource

  /// `source` decodes the pictures.
  package init(
    model: FeatureModel, settings: TrackingSettings, source: MediaSource = MediaSource()
  ) {
    self.model = model
    self.settings = settings
    self.source = source
  }

  /// Tracks and scores the points of `table` through the pictures at `frames`. A point that a labelled frame
  /// does not list is hidden there.
  package func run(
    _ table: PointTable, frames: [String], name: String,
    progress: (_ frame: Int, _ count: Int) -> Void = { _, _ in }
  ) throws -> PointScores {
    let labelled = table.byFrame
    guard let first = labelled.first?.frame, let last = labelled.last?.frame, last < frames.count
    else {
      throw EvaluationError(
        .badData,
        "\(name): points in frame \(labelled.last?.frame ?? 0) of \(frames.count); give all the frames"
      )
    }
    let image = try source.picture(path: frames[first])
    let size = table.size ?? (image.width, image.height)
    let tracker = Tracker(model: model, settings: settings, width: size.width, height: size.height)
    try model.check(tracker.grid, of: frames[first])
    let rows = Dictionary(uniqueKeysWithValues: labelled.map { ($0.frame, $0.rows) })
    var known: Set<String> = []
    var items: [PointScores.Item] = []
    for index in first...last {
      let pixels = try source.picture(
        path: frames[index], width: tracker.grid.modelWidth, height: tracker.grid.modelHeight
      ).pixels
      let shown = (rows[index] ?? []).filter(\.isVisible)
      let fresh = shown.filter { !known.contains($0.id) }
      let marks =
        fresh.isEmpty
        ? nil : Marks(points: fresh.map { PointMark(id: $0.id, x: $0.x, y: $0.y) })
      let found = tracker.next(pixels, marks: marks)
      if let truth = rows[index] {
        items += judged(found.points.filter { known.contains($0.id) }, truth)
      }
      known.formUnion(fresh.map(\.id))
      progress(index - first + 1, last - first + 1)
    }
    guard items.contains(where: \.isVisible) else {
      throw EvaluationError(
        .badData, "\(name): no point is labelled in a second frame; there is nothing to judge")
    }
    return PointScores(items, width: size.width, height: size.height)
  }

  private func judged(_ found: [PointReading], _ truth: [PointTable.Row]) -> [PointScores.Item] {
    let shown = truth.filter(\.isVisible)
    let xs = shown.map(\.x)
    let ys = shown.map(\.y)
    let side = max((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    // Of a single point, or points within a pixel, there is no box.
    let scale = side >= 1 ? side : nil
    return found.map { point in
      let row = truth.first { $0.id == point.id }
      return PointScores.Item(
        wanted: (row?.x ?? 0, row?.y ?? 0), isVisible: row?.isVisible ?? false,
        found: (point.x, point.y), isFound: !point.isLost, scale: scale)
    }
  }
}
