/// The DAVIS scores of one object over a video, or their mean over several.
package struct MaskScores: Sendable, Equatable {
  /// The region measure J.
  package var region: SequenceStatistics
  /// The contour measure F.
  package var contour: SequenceStatistics

  /// The mean of J and F.
  package var mean: Double { (region.mean + contour.mean) / 2 }

  /// From J and F of every judged frame.
  package init(region: [Double], contour: [Double]) {
    self.region = SequenceStatistics(region)
    self.contour = SequenceStatistics(contour)
  }

  /// The mean of each score over `parts`: DAVIS counts every object alike, whatever its video.
  package init(mean parts: [MaskScores]) {
    func mean(_ value: (MaskScores) -> Double) -> Double {
      parts.map(value).reduce(0, +) / Double(parts.count)
    }
    region = SequenceStatistics(
      mean: mean(\.region.mean), recall: mean(\.region.recall), decay: mean(\.region.decay))
    contour = SequenceStatistics(
      mean: mean(\.contour.mean), recall: mean(\.contour.recall), decay: mean(\.contour.decay))
  }
}
