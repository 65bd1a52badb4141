import CKernels
import TensorCore

/// The features of a marked frame, normalised, in the layout in which products with all of its cells are
/// quick: panels of sixteen cells, [cells / 16][channels][16], the last one filled up with zeros.
struct AnchorFrame {
  static let panel = 16
  let cells: Int
  let channels: Int
  private let panels: Tensor

  /// From features [cells, c].
  init(_ features: Tensor) {
    let (cells, channels) = (features.shape[0], features.shape[1])
    let count = (cells + Self.panel - 1) / Self.panel
    panels = .make([count, channels, Self.panel]) { out in
      features.withData { source in
        parallelFor(count) { index in
          let panel = out + index * channels * Self.panel
          for place in 0..<Self.panel {
            let cell = index * Self.panel + place
            for c in 0..<channels {
              panel[c * Self.panel + place] = cell < cells ? source[cell * channels + c] : 0
            }
          }
        }
      }
    }
    self.cells = cells
    self.channels = channels
  }

  /// Scores of `count` queries [count, channels] with the cells `columns`, which begin at a multiple of the
  /// panel, to `scores` [count][stride]; up to a whole panel of columns is written.
  func multiply(
    _ queries: UnsafePointer<Float>, _ count: Int, columns: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    panels.withData { panels in
      var shape = pk_gemm_shape(
        m: count, n: columns.count, k: channels, parts: 1, a: queries, a_part: 0, a_row: channels,
        a_step: 1, b: panels + columns.lowerBound * channels, b_panel: Self.panel * channels,
        b_row: Self.panel, c: scores, c_panel: Self.panel, c_row: stride, accumulate: 0)
      pk_gemm(&shape)
    }
  }
}
