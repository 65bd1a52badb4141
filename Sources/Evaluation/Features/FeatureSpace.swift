import CKernels
import TensorCore

/// Brings the maps of a frame to the one map that cells are compared by: each map less a fixed centre, at
/// unit length, side by side.
package struct FeatureSpace {
  /// What is subtracted from each map, [channels]; nil for nothing.
  private let centres: [Tensor]?

  /// With `centring`, the centre is the mean over the cells of the first frame's `maps`: features of an
  /// encoder share a large common part, which says nothing and hides the rest from the cosine.
  package init(first maps: [Tensor], centring: Bool) {
    centres = centring ? maps.map(Self.mean) : nil
  }

  /// [h, w, the maps' channels together] at unit length.
  package func callAsFunction(_ maps: [Tensor]) -> Tensor {
    let (h, w) = (maps[0].shape[0], maps[0].shape[1])
    let total = maps.reduce(0) { $0 + $1.shape[2] }
    let share = 1 / Float(maps.count).squareRoot()
    return .make([h, w, total]) { out in
      var offset = 0
      for (index, map) in maps.enumerated() {
        let channels = map.shape[2]
        let start = offset
        map.withData { source in
          parallelRanges(h * w, block: 256) { range in
            for cell in range {
              let row = out + cell * total + start
              row.update(from: source + cell * channels, count: channels)
              if let centre = centres?[index] {
                centre.withData { pk_axpy(channels, -1, $0, row) }
              }
              let length = max(1e-12, pk_sum_squares(channels, row).squareRoot())
              pk_scale(channels, share * Float(1 / length), row)
            }
          }
        }
        offset += channels
      }
    }
  }

  private static func mean(_ map: Tensor) -> Tensor {
    let (cells, channels) = (map.shape[0] * map.shape[1], map.shape[2])
    var sums = [Double](repeating: 0, count: channels)
    map.withData { pk_column_sums(cells, channels, $0, &sums) }
    return Tensor(sums.map { Float($0 / Double(cells)) }, [channels])
  }
}
