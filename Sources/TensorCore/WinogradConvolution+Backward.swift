import CKernels

extension WinogradConvolution {
  /// The gradients to the input [N, H, W, C] and to the filter [O, 3, 3, C], given that of the output; what is
  /// not asked for is nil.
  ///
  /// Both are transposes of the forward pass, transform by transform, and share the transform of the output's
  /// gradient; reading a border pixel twice becomes adding to it twice, whatever the padding.
  func backward(
    _ dy: OutputGradient, _ x: Tensor, _ filter: Tensor, input: Bool, filter wantsFilter: Bool
  ) -> (input: Tensor?, filter: Tensor?) {
    // Each chunk leaves a sum of its own for the filters, which must be small beside the images.
    let chunks = imageChunks(images: images, most: min(16, tiles / 192))
    let size = 36 * outputs * inputs
    let weights = input ? transformed(filter) : nil
    var dx: Tensor? = input ? .make([images, height, width, inputs]) { _ in } : nil
    var partial: Tensor? = wantsFilter ? .make([chunks.count, size]) { _ in } : nil
    withTiles(channels: inputs) { source in
      withTiles(channels: outputs) { target in
        withData(x, weights ?? x) { x, weights in
          withOptionalMutableData(&dx) { dx in
            withOptionalMutableData(&partial) { partial in
              parallelFor(chunks.count) { chunk in
                backward(
                  images: chunks[chunk], target, dy, source, x, weights, dx,
                  partial.map { $0 + chunk * size })
              }
            }
          }
        }
      }
    }
    return (dx, partial.map { filterGradient($0, chunks: chunks.count) })
  }

  /// Tiles of a block of the backward pass. Each block reads and writes the whole sum of the filters' gradient,
  /// which larger blocks share.
  private var backwardBlock: Int {
    max(16, min(128, max((1 << 20) / (4 * 36 * (inputs + outputs)), inputs * outputs / 256)))
  }

  private func backward(
    images: Range<Int>, _ target: UnsafePointer<pk_tiles>, _ dy: OutputGradient,
    _ source: UnsafePointer<pk_tiles>, _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>?, _ sum: UnsafeMutablePointer<Float>?
  ) {
    if images.isEmpty { sum?.update(repeating: 0, count: 36 * outputs * inputs) }
    // A block is a run of rows of tiles; their pixels lie side by side, across images too.
    let rows = images.lowerBound * tilesY..<images.upperBound * tilesY
    let blocks = max(1, (rows.count * tilesX + backwardBlock / 2) / backwardBlock)
    let block = max(1, (rows.count + blocks - 1) / blocks)
    let inputPlane = Self.plane(block * tilesX, inputs)
    let outputPlane = Self.plane(block * tilesX, outputs)
    let pixels = height * width * inputs
    var cleared = images.lowerBound
    withScratch(36 * (inputPlane + outputPlane)) { scratch in
      let gradients = scratch + 36 * inputPlane
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: block) {
        let own = first..<min(rows.upperBound, first + block)
        let (tile, count) = (first * tilesX, own.count * tilesX)
        let lines = firstLine(own.lowerBound)..<firstLine(own.upperBound)
        dy.withRows(lines, row: width * outputs) {
          pk_winograd_gradient(
            target, $0 - lines.lowerBound * width * outputs, tile, count, outputPlane, gradients)
        }
        if let sum {
          pk_winograd_input(source, x, tile, count, inputPlane, scratch)
          for point in 0..<36 {
            PanelGemm.multiplyTransposed(
              outputs, inputs, count, gradients + point * outputPlane,
              scratch + point * inputPlane, sum + point * outputs * inputs,
              accumulate: first > rows.lowerBound)
          }
        }
        if let dx {
          for point in 0..<36 {
            PanelGemm.multiply(
              count, inputs, outputs, gradients + point * outputPlane,
              weights + point * outputs * inputs, scratch + point * inputPlane)
          }
          let last = (own.upperBound - 1) / tilesY + 1
          if last > cleared {
            (dx + cleared * pixels).update(repeating: 0, count: (last - cleared) * pixels)
            cleared = last
          }
          pk_winograd_input_adjoint(source, scratch, tile, count, inputPlane, dx)
        }
      }
    }
  }

  /// The row of pixels, counted over all images, at which a row of tiles begins.
  private func firstLine(_ row: Int) -> Int { row / tilesY * height + row % tilesY * 4 }

  /// The filters [O, 3, 3, C] transformed for the backward pass, [36, C / 16, O, 16].
  private func transformed(_ filter: Tensor) -> Tensor {
    .make([36, inputs / 16, outputs, 16]) { out in
      filter.withData { filter in
        parallelRanges(outputs, block: 16) { range in
          pk_winograd_filter(range.lowerBound, range.count, outputs, inputs, filter, out)
        }
      }
    }
  }

  /// The chunks' sums [chunks, 36·O·C] added up in order and transformed back.
  private func filterGradient(_ partial: Tensor, chunks: Int) -> Tensor {
    let products = sumOfRows(partial, rows: chunks, [36, inputs / 16, outputs, 16])
    return .make([outputs, 3, 3, inputs]) { dw in
      products.withData { products in
        parallelRanges(outputs, block: 16) { range in
          pk_winograd_filter_gradient(
            range.lowerBound, range.count, outputs, inputs, products, dw)
        }
      }
    }
  }
}
