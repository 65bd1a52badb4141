import CKernels

extension KernelCase {
  static let products: [KernelCase] = [
    KernelCase(name: "gemm") { table, size, draw in
      // As many rows as `size`, so that tiles of every height are met; A plain, then transposed.
      let (m, n, k, parts) = (size, 48, 5, 2)
      let pitch = n + 3
      let a = draw.floats(parts * m * k)
      let b = draw.floats(parts * k * n)
      let before = draw.floats(m * pitch)
      var (got, wanted): ([Double], [Double]) = ([], [])
      for (row, step, accumulate) in [(k, 1, false), (1, m, true)] {
        var c = before
        product(table, (m, n, k), a, parts, row, step, b, &c, pitch, accumulate)
        got += doubles(c)
        var exact = doubles(before)
        for i in 0..<m {
          for j in 0..<n {
            let sum = (0..<parts * k).reduce(0.0) {
              let element = $1 / k * m * k + i * row + $1 % k * step
              return $0 + Double(a[element]) * Double(b[$1 * n + j])
            }
            exact[i * pitch + j] = sum + (accumulate ? exact[i * pitch + j] : 0)
          }
        }
        wanted += exact
      }
      return (got, wanted)
    }
  ]

  private static func product(
    _ table: pk_table, _ size: (m: Int, n: Int, k: Int), _ a: [Float], _ parts: Int, _ row: Int,
    _ step: Int, _ b: [Float], _ c: inout [Float], _ pitch: Int, _ accumulate: Bool
  ) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeMutableBufferPointer { c in
          var shape = pk_gemm_shape(
            m: size.m, n: size.n, k: size.k, parts: parts, a: a.baseAddress,
            a_part: size.m * size.k, a_row: row, a_step: step, b: b.baseAddress, b_panel: 16,
            b_row: size.n, c: c.baseAddress, c_panel: 16, c_row: pitch,
            accumulate: accumulate ? 1 : 0)
          table.gemm(&shape)
        }
      }
    }
  }
}
