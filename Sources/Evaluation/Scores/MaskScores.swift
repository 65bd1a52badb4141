import TensorCore

/// The DAVIS scores of one object over a video, or their mean over several.
package struct MaskScores: Sendable, Equatable {
  /// The region measure J.
  package var region: SequenceStatistics
  /// The contour measure F.
  package var contour: SequenceStatistics

  /// The mean of J and F.
  package var mean: Double { (region.mean + contour.mean) / 2 }

  /// One object's scores: its masks against the truth, frame by frame, the first and the last frame of the
  /// video left out. A frame without a result counts as empty; the truth's void pixels are background.
  package init(_ results: [LabelMask?], truth: [LabelMask], object: UInt8) {
    let judged = Array(truth.indices.dropFirst().dropLast())
    var region = [Double](repeating: 0, count: judged.count)
    var contour = region
    region.withUnsafeMutableBufferPointer { region in
      contour.withUnsafeMutableBufferPointer { contour in
        nonisolated(unsafe) let (region, contour) = (region, contour)
        parallelFor(judged.count) { place in
          let wanted = BinaryMask(truth[judged[place]], object: object)
          let found =
            results[judged[place]].map { BinaryMask($0, object: object) }
            ?? BinaryMask(
              width: wanted.width, height: wanted.height,
              pixels: [UInt8](repeating: 0, count: wanted.pixels.count))
          region[place] = found.overlap(with: wanted)
          contour[place] = Boundary.measure(found, truth: wanted)
        }
      }
    }
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

extension SequenceStatistics {
  fileprivate init(mean: Double, recall: Double, decay: Double) {
    self.mean = mean
    self.recall = recall
    self.decay = decay
  }
}
