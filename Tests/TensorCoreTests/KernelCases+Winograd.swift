import CKernels

/// The matrices of F(4×4, 3×3) as Lavin and Gray (2016) print them.
private enum Matrices {
  static let input: [[Double]] = [
    [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0], [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
  ]
  static let output: [[Double]] = [
    [1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1],
  ]
  static let filter: [[Double]] = [
    [1.0 / 4, 0, 0], [-1.0 / 6, -1.0 / 6, -1.0 / 6], [-1.0 / 6, 1.0 / 6, -1.0 / 6],
    [1.0 / 24, 1.0 / 12, 1.0 / 6], [1.0 / 24, -1.0 / 12, 1.0 / 6], [0, 0, 1],
  ]

  static func transpose(_ m: [[Double]]) -> [[Double]] {
    m[0].indices.map { column in m.map { $0[column] } }
  }

  /// m d mᵀ, with d square in row-major order.
  static func sandwich(_ m: [[Double]], _ d: [Double]) -> [Double] {
    let k = m[0].count
    return m.flatMap { left in
      m.map { right in
        (0..<k * k).reduce(0) { $0 + left[$1 / k] * d[$1] * right[$1 % k] }
      }
    }
  }
}

/// Two images of 5 × 6 pixels in 2 × 2 tiles; `size` sets the channels, which come in sixteens.
private struct TileArguments {
  let c: Int
  let height = 5
  let width = 6
  let tiles = 8
  /// Floats from one point to the next: more than a matrix takes.
  var plane: Int { tiles * c + 16 }
  var elements: Int { 2 * height * width * c }

  init(_ size: Int) { c = size > 16 ? 32 : 16 }

  func with(_ body: (UnsafePointer<pk_tiles>) -> Void) {
    let map = { (extent: Int) in
      (0..<2).flatMap { tile in
        (0..<6).map { tap in
          let at = tile * 4 - 1 + tap
          return at >= 0 && at < extent ? Int32(at) : -1
        }
      }
    }
    map(height).withUnsafeBufferPointer { yMap in
      map(width).withUnsafeBufferPointer { xMap in
        var tiles = pk_tiles(
          height: height, width: width, channels: c, tiles_y: 2, tiles_x: 2,
          y_map: yMap.baseAddress, x_map: xMap.baseAddress)
        body(&tiles)
      }
    }
  }

  /// The element of the square of `extent` pixels that begins `before` the tile's corner; nil outside.
  func element(_ tile: Int, _ place: Int, _ channel: Int, extent: Int, before: Int) -> Int? {
    let y = tile / 2 % 2 * 4 - before + place / extent
    let x = tile % 2 * 4 - before + place % extent
    guard y >= 0, y < height, x >= 0, x < width else { return nil }
    return ((tile / 4 * height + y) * width + x) * c + channel
  }

  /// The sandwich of every tile and channel of `source`, [36][tiles][channels].
  func transformed(
    _ matrix: [[Double]], _ source: [Float], extent: Int, before: Int
  ) -> [Double] {
    var wanted = [Double](repeating: 0, count: 36 * tiles * c)
    for tile in 0..<tiles {
      for channel in 0..<c {
        let square = (0..<extent * extent).map { place in
          element(tile, place, channel, extent: extent, before: before)
            .map { Double(source[$0]) } ?? 0
        }
        for (place, value) in Matrices.sandwich(matrix, square).enumerated() {
          wanted[(place * tiles + tile) * c + channel] = value
        }
      }
    }
    return wanted
  }

  /// The sum of what all tiles of the 36 matrices transform back to, each a square of `extent` pixels.
  func transformedBack(
    _ matrix: [[Double]], _ m: [Float], extent: Int, before: Int
  ) -> [Double] {
    var images = [Double](repeating: 0, count: elements)
    for tile in 0..<tiles {
      for channel in 0..<c {
        let square = (0..<36).map { Double(m[$0 * plane + place(tile, channel)]) }
        for (place, value) in Matrices.sandwich(matrix, square).enumerated() {
          if let at = element(tile, place, channel, extent: extent, before: before) {
            images[at] += value
          }
        }
      }
    }
    return images
  }

  /// Where a matrix in panels of sixteen columns holds an element.
  private func place(_ tile: Int, _ channel: Int) -> Int {
    channel / 16 * 16 * tiles + tile * 16 + channel % 16
  }

  /// The 36 matrices row by row, without what lies between them.
  func dense(_ m: [Float]) -> [Double] {
    (0..<36).flatMap { point in
      (0..<tiles * c).map { Double(m[point * plane + place($0 / c, $0 % c)]) }
    }
  }
}

extension KernelCase {
  static let winograd: [KernelCase] = [
    KernelCase(name: "winograd_input") { table, size, draw in
      let at = TileArguments(size)
      let x = draw.floats(at.elements)
      var out = [Float](repeating: 9, count: 36 * at.plane)
      at.with { table.winograd_input($0, x, 0, at.tiles, at.plane, &out) }
      return (at.dense(out), at.transformed(Matrices.input, x, extent: 6, before: 1))
    },
    KernelCase(name: "winograd_gradient") { table, size, draw in
      let at = TileArguments(size)
      let dy = draw.floats(at.elements)
      var out = [Float](repeating: 9, count: 36 * at.plane)
      at.with { table.winograd_gradient($0, dy, 0, at.tiles, at.plane, &out) }
      let matrix = Matrices.transpose(Matrices.output)
      return (at.dense(out), at.transformed(matrix, dy, extent: 4, before: 0))
    },
    KernelCase(name: "winograd_input_adjoint") { table, size, draw in
      let at = TileArguments(size)
      let m = draw.floats(36 * at.plane)
      let before = draw.floats(at.elements)
      var dx = before
      at.with { table.winograd_input_adjoint($0, m, 0, at.tiles, at.plane, &dx) }
      let added = at.transformedBack(
        Matrices.transpose(Matrices.input), m, extent: 6, before: 1)
      return (doubles(dx), zip(before, added).map { Double($0) + $1 })
    },
    KernelCase(name: "winograd_output", tolerance: 1e-5, run: outputCase),
    KernelCase(name: "winograd_filter") { table, size, draw in
      let (c, total) = (TileArguments(size).c, 3)
      let w = draw.floats(total * 9 * c)
      var out = [Float](repeating: 9, count: 36 * total * c)
      table.winograd_filter(0, total, total, c, w, &out)
      return (
        doubles(out),
        transformedFilters(w, total, c) {
          ($0 * c + $2 / 16 * 16) * total + $1 * 16 + $2 % 16
        }
      )
    },
    KernelCase(name: "winograd_filter_transposed") { table, size, draw in
      let (c, total) = (TileArguments(size).c, 32)
      let w = draw.floats(total * 9 * c)
      var out = [Float](repeating: 9, count: 36 * total * c)
      table.winograd_filter_transposed(0, total, total, c, w, &out)
      return (
        doubles(out),
        transformedFilters(w, total, c) {
          ($0 * total + $1 / 16 * 16) * c + $2 * 16 + $1 % 16
        }
      )
    },
    KernelCase(name: "winograd_filter_gradient") { table, size, draw in
      let (c, total) = (TileArguments(size).c, 3)
      let m = draw.floats(36 * total * c)
      var dw = [Float](repeating: 9, count: total * 9 * c)
      table.winograd_filter_gradient(0, total, total, c, m, &dw)
      var wanted = [Double](repeating: 0, count: dw.count)
      for index in 0..<total * c {
        let (o, channel) = (index / c, index % c)
        let square = (0..<36).map {
          Double(m[($0 * c + channel / 16 * 16) * total + o * 16 + channel % 16])
        }
        let back = Matrices.sandwich(Matrices.transpose(Matrices.filter), square)
        for (place, value) in back.enumerated() { wanted[(o * 9 + place) * c + channel] = value }
      }
      return (doubles(dw), wanted)
    },
  ]

  /// G w Gᵀ of filters w [total][3][3][c]; `place` gives the index of (point, filter, channel).
  private static func transformedFilters(
    _ w: [Float], _ total: Int, _ c: Int, place: (Int, Int, Int) -> Int
  ) -> [Double] {
    var wanted = [Double](repeating: 0, count: 36 * total * c)
    for index in 0..<total * c {
      let (o, channel) = (index / c, index % c)
      let square = (0..<9).map { Double(w[(o * 9 + $0) * c + channel]) }
      for (point, value) in Matrices.sandwich(Matrices.filter, square).enumerated() {
        wanted[place(point, o, channel)] = value
      }
    }
    return wanted
  }

  /// The output transform with each epilogue: sums, affine, affine with residual and ReLU.
  @Sendable private static func outputCase(
    _ table: pk_table, _ size: Int, _ draw: inout Draw
  ) -> (got: [Double], wanted: [Double]) {
    let at = TileArguments(size)
    let m = draw.floats(36 * at.plane)
    let (factor, offset) = (draw.floats(at.c), draw.floats(at.c))
    let residual = draw.floats(at.elements)
    let plain = at.transformedBack(Matrices.output, m, extent: 4, before: 0)
    var out = residual
    var sums = [Double](repeating: 1, count: 2 * at.c)
    var exact = sums
    sums.withUnsafeMutableBufferPointer { sums in
      var epilogue = pk_epilogue()
      epilogue.sum = sums.baseAddress
      epilogue.squares = sums.baseAddress.map { $0 + at.c }
      at.with { table.winograd_output($0, m, 0, at.tiles, at.plane, &epilogue, &out) }
    }
    for (index, value) in plain.enumerated() {
      exact[index % at.c] += value
      exact[at.c + index % at.c] += value * value
    }
    // The squares are hundreds of times as large as the rest.
    var got = doubles(out) + sums.map { $0 / 1000 }
    var wanted = plain + exact.map { $0 / 1000 }
    for full in [false, true] {
      factor.withUnsafeBufferPointer { factor in
        offset.withUnsafeBufferPointer { offset in
          residual.withUnsafeBufferPointer { residual in
            var epilogue = pk_epilogue(
              factor: factor.baseAddress, offset: offset.baseAddress,
              residual: full ? residual.baseAddress : nil, relu: full ? 1 : 0, sum: nil,
              squares: nil)
            at.with { table.winograd_output($0, m, 0, at.tiles, at.plane, &epilogue, &out) }
          }
        }
      }
      got += doubles(out)
      wanted += plain.indices.map { index in
        let channel = index % at.c
        let value = plain[index] * Double(factor[channel]) + Double(offset[channel])
        return full ? max(0, value + Double(residual[index])) : value
      }
    }
    return (got, wanted)
  }
}
