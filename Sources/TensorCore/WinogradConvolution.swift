import CKernels

/// 3×3 convolution at stride 1 with one pixel of padding, by Winograd's F(4×4, 3×3) (Lavin, Gray 2016): 36
/// multiplications a tile of 16 outputs where the sum takes 144.
///
/// Blocks of tiles are transformed, multiplied by 36 small products and transformed back while they are in the
/// caches. The error against exact arithmetic is about 1e-5 of the largest output.
struct WinogradConvolution: Sendable {
  let images, height, width: Int
  let inputs, outputs: Int
  let tilesY, tilesX: Int
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

  var tiles: Int { images * tilesY * tilesX }

  /// Floats from one point's matrix to the next's: an odd number of cache lines, or the 36 streams
  /// of a transform would meet in the same few sets of the cache.
  static func plane(_ count: Int, _ channels: Int) -> Int { (count * channels / 16 | 1) * 16 }

  func withTiles<R>(channels: Int, _ body: (UnsafePointer<pk_tiles>) -> R) -> R {
    yMap.withUnsafeBufferPointer { yMap in
      xMap.withUnsafeBufferPointer { xMap in
        var tiles = pk_tiles(
          height: height, width: width, channels: channels, tiles_y: tilesY, tiles_x: tilesX,
          y_map: yMap.baseAddress, x_map: xMap.baseAddress)
        return body(&tiles)
      }
    }
  }

  /// Tiles of a block of the forward pass: as many as keep both transforms in the second-level cache, but
  /// enough that reading the transformed filters costs less than multiplying by them.
  private var blockTiles: Int {
    let held = (3 << 18) / (4 * 36 * (inputs + outputs))
    let wanted = max(held, min(64, inputs * outputs / 128))
    // A few blocks are cut evenly, by fours: the last one done is waited for. Very small ones would read the
    // filters for little.
    let blocks = (tiles + wanted - 1) / wanted
    guard blocks < 32, tiles > 64 else { return wanted }
    let even = (blocks + 3) / 4 * 4
    return (tiles + even - 1) / even
  }

  func forward(_ x: Tensor, _ filter: Tensor, _ epilogue: Epilogue) -> Tensor {
    let weights = transformedTurned(filter)
    let block = blockTiles
    let blocks = (tiles + block - 1) / block
    return .make([images, height, width, outputs]) { out in
      withData(x, weights) { x, weights in
        epilogue.withKernelEpilogue(blocks: blocks, channels: outputs) { epilogueOf in
          withTiles(channels: inputs) { source in
            withTiles(channels: outputs) { target in
              parallelRanges(tiles, block: block) { range in
                forward(
                  range, source, x, weights, target, epilogueOf(range.lowerBound / block), out)
              }
            }
          }
        }
      }
    }
  }

  private func forward(
    _ range: Range<Int>, _ source: UnsafePointer<pk_tiles>, _ x: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ target: UnsafePointer<pk_tiles>, _ epilogue: pk_epilogue,
    _ out: UnsafeMutablePointer<Float>
  ) {
    let count = range.count
    let plane = Self.plane(count, inputs)
    let productPlane = Self.plane(count, outputs)
    withScratch(36 * (plane + productPlane)) { scratch in
      let products = scratch + 36 * plane
      pk_winograd_input(source, x, range.lowerBound, count, plane, scratch)
      for point in 0..<36 {
        PanelGemm.multiply(
          count, outputs, inputs, scratch + point * plane, weights + point * inputs * outputs,
          products + point * productPlane)
      }
      var epilogue = epilogue
      pk_winograd_output(target, products, range.lowerBound, count, productPlane, &epilogue, out)
    }
  }

  /// The filters [O, 3, 3, C] transformed for the forward pass, [36, O / 16, C, 16].
  private func transformedTurned(_ filter: Tensor) -> Tensor {
    .make([36, outputs / 16, inputs, 16]) { out in
      filter.withData { filter in
        parallelRanges(outputs, block: 16) { range in
          pk_winograd_filter_transposed(
            range.lowerBound, range.count, outputs, inputs, filter, out)
        }
      }
    }
  }
}
