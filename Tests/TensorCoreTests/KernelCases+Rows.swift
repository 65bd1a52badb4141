import CKernels

#if canImport(Glibc)
  import Glibc
#endif

extension KernelCase {
  static let rows: [KernelCase] = [
    KernelCase(name: "softmax_row", tolerance: 1e-6) { table, n, draw in
      let x = draw.floats(n).map { $0 * 20 }
      var (got, wanted): ([Double], [Double]) = ([], [])
      for dropped in [nil, draw.flags(n - 1) + [false]] as [[Bool]?] {
        var y = x
        let logSum = table.softmax_row(n, 0.5, x, dropped, &y)
        let e = x.indices.map { dropped?[$0] == true ? 0 : exp(0.5 * Double(x[$0])) }
        let total = e.reduce(0, +)
        got += doubles(y) + [logSum / 100]
        wanted += e.map { $0 / total } + [log(total) / 100]
      }
      return (got, wanted)
    },
    KernelCase(name: "softmax_backward_row") { table, n, draw in
      let (y, g) = (draw.positive(n).map { $0 / Float(n) }, draw.floats(n))
      let dot = zip(doubles(y), doubles(g)).reduce(0) { $0 + $1.0 * $1.1 }
      var (got, wanted): ([Double], [Double]) = ([], [])
      for dropped in [nil, draw.flags(n)] as [[Bool]?] {
        var dx = g
        table.softmax_backward_row(n, 2, y, g, dropped, &dx)
        // One element alone cancels to 0: the distance is taken against the size of its terms.
        got += doubles(dx) + [1]
        wanted +=
          y.indices.map {
            dropped?[$0] == true ? 0 : 2 * Double(y[$0]) * (Double(g[$0]) - dot)
          } + [1]
      }
      return (got, wanted)
    },
    KernelCase(name: "add_row") { table, n, draw in
      let row = draw.floats(n)
      var y = draw.floats(3 * n)
      let wanted = y.indices.map { Double(y[$0]) + Double(row[$0 % n]) }
      table.add_row(3, n, row, &y)
      return (doubles(y), wanted)
    },
    KernelCase(name: "column_sums") { table, n, draw in
      let x = draw.floats(5 * n)
      var sums = doubles(draw.floats(n))
      var wanted = sums
      for i in x.indices { wanted[i % n] += Double(x[i]) }
      table.column_sums(5, n, x, &sums)
      return (sums, wanted)
    },
    KernelCase(name: "channel_sums", tolerance: 1e-8) { table, n, draw in
      // More rows than are summed in single precision, and a mean that would drown their spread.
      let x = draw.floats(131 * n).map { $0 + 100 }
      var (sum, squares) = ([Double](repeating: 1, count: n), [Double](repeating: 2, count: n))
      var wanted = sum + squares
      for i in x.indices {
        wanted[i % n] += Double(x[i])
        wanted[n + i % n] += Double(x[i]) * Double(x[i])
      }
      table.channel_sums(131, n, x, &sum, &squares)
      return (sum + squares, wanted)
    },
    KernelCase(name: "channel_affine") { table, n, draw in
      let (x, scale, shift) = (draw.floats(3 * n), draw.floats(n), draw.floats(n))
      let added = draw.floats(3 * n)
      var (got, wanted): ([Double], [Double]) = ([], [])
      for (residual, relu) in [(nil, false), (nil, true), (added, true)] as [([Float]?, Bool)] {
        var out = x
        table.channel_affine(3, n, x, scale, shift, residual, relu ? 1 : 0, &out)
        got += doubles(out)
        wanted += x.indices.map {
          let normalised = Double(x[$0]) * Double(scale[$0 % n]) + Double(shift[$0 % n])
          let value = normalised + Double(residual?[$0] ?? 0)
          return relu ? max(0, value) : value
        }
      }
      return (got, wanted)
    },
    KernelCase(name: "normalised_backward_sums") { table, n, draw in
      let (dout, x) = (draw.floats(5 * n), draw.floats(5 * n))
      let (mean, inverse) = (draw.floats(n), draw.positive(n))
      var (got, wanted): ([Double], [Double]) = ([], [])
      for out in [nil, draw.floats(5 * n)] as [[Float]?] {
        var g = x
        var (sum, weighted) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
        table.normalised_backward_sums(5, n, dout, out, x, mean, inverse, &g, &sum, &weighted)
        got += doubles(g) + sum + weighted
        let masked = dout.indices.map { (out?[$0] ?? 1) > 0 ? Double(dout[$0]) : 0 }
        var sums = [Double](repeating: 0, count: 2 * n)
        for i in x.indices {
          let standard = (Double(x[i]) - Double(mean[i % n])) * Double(inverse[i % n])
          sums[i % n] += masked[i]
          sums[n + i % n] += masked[i] * standard
        }
        wanted += masked + sums
      }
      return (got, wanted)
    },
    KernelCase(name: "normalised_backward") { table, n, draw in
      let (g, x) = (draw.floats(3 * n), draw.floats(3 * n))
      let (factor, slope, intercept) = (draw.floats(n), draw.floats(n), draw.floats(n))
      var dx = g
      table.normalised_backward(3, n, g, x, factor, slope, intercept, &dx)
      let wanted = g.indices.map { i in
        let c = i % n
        return Double(factor[c]) * Double(g[i]) + Double(slope[c]) * Double(x[i])
          + Double(intercept[c])
      }
      return (doubles(dx), wanted)
    },
    KernelCase(name: "pooled_backward_sums") { table, size, draw in
      let (n, rows) = (size > 16 ? 48 : 16, size)
      let (g, raw) = (draw.floats(rows * n), draw.floats(rows * n))
      let winner = draw.integers(g.count, below: 3).map { $0 == 0 ? 255 : UInt8($0) }
      let (mean, inverse) = (draw.floats(n), draw.positive(n))
      var sums = [Double](repeating: 1, count: 2 * n)
      var wanted = sums
      sums.withUnsafeMutableBufferPointer { sums in
        guard let sum = sums.baseAddress else { return }
        table.pooled_backward_sums(rows, n, g, raw, winner, mean, inverse, sum, sum + n)
      }
      for i in g.indices where winner[i] != 255 {
        let standard = (Double(raw[i]) - Double(mean[i % n])) * Double(inverse[i % n])
        wanted[i % n] += Double(g[i])
        wanted[n + i % n] += Double(g[i]) * standard
      }
      return (sums, wanted)
    },
    KernelCase(name: "blend_rows") { table, n, draw in
      let stride = n + 3
      let (rows, weights) = (draw.bytes(4 * stride), draw.floats(4))
      var out = [Float](repeating: 9, count: n)
      table.blend_rows(n, 4, rows, stride, weights, &out)
      let wanted = (0..<n).map { i in
        (0..<4).reduce(0.0) { $0 + Double(weights[$1]) * Double(rows[$1 * stride + i]) }
      }
      return (doubles(out), wanted)
    },
    KernelCase(name: "resample_row") { table, n, draw in
      let taps = 3
      let starts = draw.integers(n, below: n + 1)
      let (weights, row) = (draw.floats(n * taps), draw.floats(3 * (n + taps)))
      let map = draw.floats(12)
      var out = [Float](repeating: 0, count: 3 * n)
      table.resample_row(n, taps, starts, weights, row, map, &out)
      var wanted: [Double] = []
      for i in 0..<n {
        var colour = [0.0, 0.0, 0.0]
        for k in 0..<taps {
          for channel in 0..<3 {
            let pixel = Double(row[3 * (Int(starts[i]) + k) + channel])
            colour[channel] += Double(weights[i * taps + k]) * pixel
          }
        }
        for to in 0..<3 {
          wanted.append(
            (0..<3).reduce(Double(map[9 + to])) { $0 + Double(map[to * 3 + $1]) * colour[$1] })
        }
      }
      return (doubles(out), wanted)
    },
  ]
}
