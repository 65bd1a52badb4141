import CKernels
import TensorCore

/// Brings the maps of a frame to the one map that cells are compared by: each map less a fixed centre, perhaps
/// whitened, at unit length, side by side.
package struct FeatureSpace {
  /// What is subtracted from each map, [channels]; nil for nothing.
  private let centres: [Tensor]?
  private let whitenings: [Whitening]?

  /// With `centring`, the centre is the mean over the cells of the first frame's `maps`: features of an
  /// encoder share a large common part, which says nothing and hides the rest from the cosine. `whitening`
  /// above 0 is the ridge of `Whitening`, measured on the same cells.
  package init(first maps: [Tensor], centring: Bool, whitening: Double = 0) {
    let centres = maps.map(Self.mean)
    self.centres = centring || whitening > 0 ? centres : nil
    whitenings =
      whitening > 0
      ? zip(maps, centres).map { Whitening(Self.rows($0, less: $1), ridge: whitening) } : nil
  }

  /// [h, w, the maps' channels together] at unit length.
  package func callAsFunction(_ maps: [Tensor]) -> Tensor {
    let (h, w) = (maps[0].shape[0], maps[0].shape[1])
    let total = maps.reduce(0) { $0 + $1.shape[2] }
    let share = 1 / Float(maps.count).squareRoot()
    return .make([h, w, total]) { out in
      var start = 0
      for (index, map) in maps.enumerated() {
        var rows = Self.rows(map, less: centres?[index])
        if let whitening = whitenings?[index] { rows = whitening(rows) }
        let channels = map.shape[2]
        rows.withData { source in
          parallelRanges(h * w, block: 256) { range in
            for cell in range {
              let row = out + cell * total + start
              row.update(from: source + cell * channels, count: channels)
              let length = max(1e-12, pk_sum_squares(channels, row).squareRoot())
              pk_scale(channels, share * Float(1 / length), row)
            }
          }
        }
        start += channels
      }
    }
  }

  /// The cells of a map as rows, less `centre`.
  private static func rows(_ map: Tensor, less centre: Tensor?) -> Tensor {
    let (cells, channels) = (map.shape[0] * map.shape[1], map.shape[2])
    guard let centre else { return map.reshaped([cells, channels]) }
    return .make([cells, channels]) { out in
      map.withData { source in
        centre.withData { centre in
          parallelRanges(cells, block: 256) { range in
            for cell in range {
              (out + cell * channels).update(from: source + cell * channels, count: channels)
              pk_axpy(channels, -1, centre, out + cell * channels)
            }
          }
        }
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
