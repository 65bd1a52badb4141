import CKernels

extension KernelCase {
  static let search: [KernelCase] = [
    KernelCase(name: "cosines") { table, n, draw in
      let (rows, stride) = (5, n + 3)
      var x = draw.floats(rows * stride)
      let q = draw.floats(n)
      for i in 0..<n { x[2 * stride + i] = 0 }
      var out = [Float](repeating: 9, count: rows)
      table.cosines(rows, n, stride, x, q, &out)
      // Against the size of the terms, which may cancel.
      let scale = q.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let wanted = (0..<rows).map { row -> Double in
        let values = doubles(Array(x[row * stride..<row * stride + n]))
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(values, doubles(q)).reduce(0) { $0 + $1.0 * $1.1 } / length
      }
      let isZero = out[2] == -.infinity
      return (
        [0, 1, 3, 4].map { Double(out[$0]) } + [scale, isZero ? 1 : 0],
        [0, 1, 3, 4].map { wanted[$0] } + [scale, 1]
      )
    },
    KernelCase(name: "unit_rows") { table, n, draw in
      let (rows, stride) = (4, n + 1)
      var x = draw.floats(rows * stride)
      for i in 0..<n { x[stride + i] = 0 }
      var (out, lengths) = (
        [Float](repeating: 9, count: rows * n), [Float](repeating: 9, count: rows)
      )
      table.unit_rows(rows, n, stride, x, &out, &lengths)
      var wanted: [Double] = []
      var sizes: [Double] = []
      for row in 0..<rows {
        let values = doubles(Array(x[row * stride..<row * stride + n]))
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        sizes.append(length)
        wanted += values.map { length == 0 ? 0 : $0 / length }
      }
      return (doubles(out + lengths), wanted + sizes)
    },
    KernelCase(name: "at_least", tolerance: 0) { table, n, draw in
      let x = draw.floats(n).map { ($0 * 4).rounded() } + [.nan]
      var places = [Int32](repeating: -1, count: n + 1)
      let count = table.at_least(n + 1, x, 3, &places)
      let wanted = x.indices.filter { x[$0] >= 3 }
      return (
        [Double(count)] + places.prefix(count).map(Double.init),
        [Double(wanted.count)] + wanted.map(Double.init)
      )
    },
    KernelCase(name: "count_above", tolerance: 0) { table, n, draw in
      let x = draw.floats(31 * n).map { ($0 * 4).rounded() } + [.nan]
      return (
        [Double(table.count_above(x.count, x, 1))], [Double(x.filter { $0 > 1 }.count)]
      )
    },
  ]
}
