import CKernels

/// 3×3 convolution at stride 1 with one pixel of padding, by Winograd's F(4×4, 3×3) (Lavin, Gray 2016): 36
/// multiplications a tile of 16 outputs where the sum takes 144.
///
/// Blocks of tiles are transformed, multiplied by 36 small gemms and transformed back while they are in the
/// second-level cache. The error against exact arithmetic is about 1e-5 of the largest output.
struct WinogradConvolution: Sendable {
  let images, height, width: Int
  private let inputs, outputs: Int
  private let tilesY, tilesX: Int
  private let yMap, xMap: [Int32]

  /// Nil where the algorithm does not apply: channels in other than multiples of 16.
  init?(input: Shape, outputs: Int, mode: PaddingMode) {
    guard input[3] % 16 == 0, outputs % 16 == 0 else { return nil }
    images = input[0]
    height = input[1]
    width = input[2]
    inputs = input[3]
    self.outputs = outputs
    tilesY = (height + 3) / 4
    tilesX = (width + 3) / 4
    yMap = Self.map(height, mode)
    xMap = Self.map(width, mode)
  }

  private static func map(_ extent: Int, _ mode: PaddingMode) -> [Int32] {
    (0..<(extent + 3) / 4).flatMap { tile in
      (0..<6).map { tap in
        let at = tile * 4 - 1 + tap
        if at >= 0 && at < extent { return Int32(at) }
        guard mode == .reflect, at == -1 || at == extent else { return -1 }
        return Int32(at < 0 ? 1 : extent - 2)
      }
    }
  }

  private var tiles: Int { images * tilesY * tilesX }

  /// Tiles whose transforms on both sides fill about a mebibyte.
  private var blockTiles: Int {
    min(128, max(16, (1 << 18) / (36 * (inputs + outputs)) / 16 * 16))
  }

  private func withTiles<R>(
    channels: Int, _ body: (UnsafePointer<pk_tiles>) -> R
  ) -> R {
    yMap.withUnsafeBufferPointer { yMap in
      xMap.withUnsafeBufferPointer { xMap in
        var tiles = pk_tiles(
          height: height, width: width, channels: channels, tiles_y: tilesY, tiles_x: tilesX,
          y_map: yMap.baseAddress, x_map: xMap.baseAddress)
        return body(&tiles)
      }
    }
  }

  /// The filters [O, 3, 3, C] transformed, [36, O, C].
  private func transformed(_ filter: Tensor, flipped: Bool) -> Tensor {
    .make([36, outputs, inputs]) { out in
      filter.withData { filter in
        parallelRanges(outputs, block: 16) { range in
          pk_winograd_filter(
            range.lowerBound, range.count, outputs, inputs, flipped ? 1 : 0, filter, out)
        }
      }
    }
  }

  func forward(_ x: Tensor, _ filter: Tensor, _ epilogue: Epilogue) -> Tensor {
    let weights = transformed(filter, flipped: false)
    return .make([images, height, width, outputs]) { out in
      withData(x, weights) { x, weights in
        multiply(
          x, weights, from: inputs, to: outputs, transposed: true, epilogue, out)
      }
    }
  }

  /// The gradient to the input under zero padding: the same convolution with filters turned by half a turn.
  func inputGradient(_ dy: Tensor, _ filter: Tensor) -> Tensor {
    let weights = transformed(filter, flipped: true)
    return .make([images, height, width, inputs]) { out in
      withData(dy, weights) { dy, weights in
        multiply(dy, weights, from: outputs, to: inputs, transposed: false, .none, out)
      }
    }
  }

  private func multiply(
    _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, from c: Int, to o: Int,
    transposed: Bool, _ epilogue: Epilogue, _ out: UnsafeMutablePointer<Float>
  ) {
    let block = blockTiles
    let blocks = (tiles + block - 1) / block
    epilogue.withKernelEpilogue(blocks: blocks, channels: o) { epilogueOf in
      withTiles(channels: c) { source in
        withTiles(channels: o) { target in
          parallelRanges(tiles, block: block) { range in
            let count = range.count
            withScratch(36 * count * (c + o)) { scratch in
              let products = scratch + 36 * count * c
              pk_winograd_input(source, x, range.lowerBound, count, scratch)
              for point in 0..<36 {
                gemm(
                  count, o, c, scratch + point * count * c, lda: c,
                  weights + point * o * c, ldb: transposed ? c : o, transposeB: transposed,
                  products + point * count * o, ldc: o)
              }
              var epilogue = epilogueOf(range.lowerBound / block)
              pk_winograd_output(target, products, range.lowerBound, count, &epilogue, out)
            }
          }
        }
      }
    }
  }

  /// The gradient to the filter, [O, 3, 3, C].
  func filterGradient(_ dy: Tensor, _ x: Tensor) -> Tensor {
    // Few partial sums, cut by the number of tiles alone; each is one thread's work.
    let block = 128
    let chunks = min(8, max(1, tiles / block))
    let size = 36 * outputs * inputs
    let partial = Tensor.make([chunks, size]) { partial in
      withData(dy, x) { dy, x in
        withTiles(channels: inputs) { source in
          withTiles(channels: outputs) { target in
            parallelFor(chunks) { chunk in
              let own = chunk * tiles / chunks..<(chunk + 1) * tiles / chunks
              accumulate(
                own, block: block, source, x, target, dy, partial + chunk * size)
            }
          }
        }
      }
    }
    let products = sumOfRows(partial, rows: chunks, [36, outputs, inputs])
    return .make([outputs, 3, 3, inputs]) { dw in
      products.withData { products in
        parallelRanges(outputs, block: 16) { range in
          pk_winograd_filter_gradient(
            range.lowerBound, range.count, outputs, inputs, products, dw)
        }
      }
    }
  }

  private func accumulate(
    _ own: Range<Int>, block: Int, _ source: UnsafePointer<pk_tiles>, _ x: UnsafePointer<Float>,
    _ target: UnsafePointer<pk_tiles>, _ dy: UnsafePointer<Float>,
    _ sum: UnsafeMutablePointer<Float>
  ) {
    withScratch(36 * block * (inputs + outputs)) { scratch in
      for first in stride(from: own.lowerBound, to: own.upperBound, by: block) {
        let count = min(block, own.upperBound - first)
        let gradients = scratch + 36 * count * inputs
        pk_winograd_input(source, x, first, count, scratch)
        pk_winograd_gradient(target, dy, first, count, gradients)
        for point in 0..<36 {
          gemm(
            outputs, inputs, count, gradients + point * count * outputs, lda: outputs,
            transposeA: true, scratch + point * count * inputs, ldb: inputs,
            beta: first == own.lowerBound ? 0 : 1, sum + point * outputs * inputs, ldc: inputs)
        }
      }
    }
  }
}
