import TensorCore

/// The features of one frame, normalised, in the layout in which windows around a cell are quick to read:
/// row by row of cells, each row [channels][stride] with zeros on both sides.
struct ContextFrame {
  let height: Int
  let width: Int
  let channels: Int
  /// Zero columns before the first cell of a row.
  let margin: Int
  /// Floats from one channel of a row to the next.
  let stride: Int
  private let rows: Tensor

  /// From features [h, w, c]; windows reach `margin` columns to either side.
  init(_ features: Tensor, margin: Int) {
    let (height, width, channels) = (features.shape[0], features.shape[1], features.shape[2])
    // A tile begins at any even column and is rounded up to eight columns.
    let stride = (width + 2 * margin + 16 + 7) / 8 * 8
    rows = .make([height, channels, stride]) { out in
      features.withData { source in
        parallelFor(height) { y in
          let row = out + y * channels * stride
          let cells = source + y * width * channels
          row.update(repeating: 0, count: channels * stride)
          for x in 0..<width {
            let cell = cells + x * channels
            var to = row + margin + x
            for c in 0..<channels {
              to.pointee = cell[c]
              to += stride
            }
          }
        }
      }
    }
    self.height = height
    self.width = width
    self.channels = channels
    self.margin = margin
    self.stride = stride
  }

  /// Calls `body` with [channels][stride] of row `y`.
  func withRow<R>(_ y: Int, _ body: (UnsafePointer<Float>) -> R) -> R {
    rows.withData { body($0 + y * channels * stride) }
  }
}
