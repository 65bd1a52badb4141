import CKernels
import TensorCore

/// One kernel at random arguments: what a tier computes and what exact arithmetic gives.
struct KernelCase: Sendable {
  /// As in `kernel_list.h`.
  let name: String
  /// How far a result may be from `wanted`, as a share of the largest magnitude in `wanted`.
  var tolerance = 2e-6
  /// `size` is the length of a row, or whatever makes the case larger.
  let run: @Sendable (pk_table, Int, inout Draw) -> (got: [Double], wanted: [Double])

  /// The lengths that every case runs at: one, odd, a vector of each tier, more than one with a rest.
  static let sizes = [1, 3, 8, 16, 37, 259]
}

/// Random arguments.
struct Draw {
  private var random: CounterRandom

  init(_ size: Int) { random = CounterRandom(seed: 11, purpose: .test, step: size) }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
  mutating func positive(_ count: Int) -> [Float] {
    (0..<count).map { _ in 0.1 + random.uniform() }
  }
  mutating func flags(_ count: Int) -> [Bool] { (0..<count).map { _ in random.uniform() < 0.3 } }
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(random.integer(below: 256)) }
  }
  mutating func integers(_ count: Int, below bound: Int) -> [Int32] {
    (0..<count).map { _ in Int32(random.integer(below: bound)) }
  }
}

func doubles(_ values: [Float]) -> [Double] { values.map(Double.init) }

extension KernelCase {
  static let elementwise: [KernelCase] = [
    KernelCase(name: "axpy") { table, n, draw in
      let x = draw.floats(n)
      var y = draw.floats(n)
      let wanted = x.indices.map { Double(y[$0]) + 0.7 * Double(x[$0]) }
      table.axpy(n, 0.7, x, &y)
      return (doubles(y), wanted)
    },
    KernelCase(name: "philox_uniform", tolerance: 0) { table, n, draw in
      var fixed = pk_philox(key: (7, 0xffff_fff0), stream: (UInt32(n), 3))
      // Across the carry into the upper word of the counter.
      let first: UInt64 = 0xffff_fffe
      var out = [Float](repeating: -1, count: 4 * n)
      table.philox_uniform(n, &fixed, first, &out)
      let wanted = (0..<n).flatMap { block in
        let counter = first + UInt64(block)
        let numbers = CounterRandom.philox(
          SIMD4(
            UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
            UInt32(n),
            3), key: SIMD2(7, 0xffff_fff0))
        return (0..<4).map { Double(numbers[$0] >> 8) / 16_777_216 }
      }
      return (doubles(out), wanted)
    },
    KernelCase(name: "scale") { table, n, draw in
      var x = draw.floats(n)
      let wanted = x.map { Double($0) * -1.3 }
      table.scale(n, -1.3, &x)
      return (doubles(x), wanted)
    },
    KernelCase(name: "sum") { table, n, draw in
      let x = draw.floats(n)
      return ([table.sum(n, x)], [doubles(x).reduce(0, +)])
    },
    KernelCase(name: "sum_squares") { table, n, draw in
      let x = draw.floats(n)
      return ([table.sum_squares(n, x)], [doubles(x).reduce(0) { $0 + $1 * $1 }])
    },
    KernelCase(name: "dot") { table, n, draw in
      let (x, y) = (draw.floats(n), draw.floats(n))
      return ([table.dot(n, x, y)], [zip(doubles(x), doubles(y)).reduce(0) { $0 + $1.0 * $1.1 }])
    },
    KernelCase(name: "multiply") { table, n, draw in
      let (x, y) = (draw.floats(n), draw.floats(n))
      var z = x
      table.multiply(n, x, y, &z)
      return (doubles(z), zip(doubles(x), doubles(y)).map(*))
    },
    KernelCase(name: "relu", tolerance: 0) { table, n, draw in
      let x = draw.floats(n)
      var y = x
      table.relu(n, x, &y)
      return (doubles(y), x.map { Double(max(0, $0)) })
    },
    KernelCase(name: "relu_backward", tolerance: 0) { table, n, draw in
      let (y, g) = (draw.floats(n).map { max(0, $0) }, draw.floats(n))
      var dx = g
      table.relu_backward(n, y, g, &dx)
      return (doubles(dx), y.indices.map { y[$0] > 0 ? Double(g[$0]) : 0 })
    },
    KernelCase(name: "lerp") { table, n, draw in
      let x = draw.floats(n)
      var y = draw.floats(n)
      let wanted = x.indices.map { Double(y[$0]) + 0.2 * (Double(x[$0]) - Double(y[$0])) }
      table.lerp(n, 0.2, x, &y)
      return (doubles(y), wanted)
    },
    KernelCase(name: "adamw", tolerance: 1e-5) { table, n, draw in
      let g = draw.floats(n)
      var (m, v, x) = (draw.floats(n), draw.positive(n), draw.floats(n))
      let wanted = g.indices.map { i in
        let gradient = 0.5 * Double(g[i])
        let first = Double(m[i]) + 0.1 * (gradient - Double(m[i]))
        let second = 0.999 * Double(v[i]) + 0.001 * gradient * gradient
        return Double(x[i]) * 0.99 - 0.003 * first / (second.squareRoot() * 1.5 + 1e-8)
      }
      var step = pk_adamw_step(
        gradient_scale: 0.5, first_rate: 0.1, second_decay: 0.999, second_rate: 0.001,
        root_correction: 1.5, epsilon: 1e-8, keep: 0.99, step: 0.003)
      table.adamw(n, &step, g, &m, &v, &x)
      return (doubles(x), wanted)
    },
    KernelCase(name: "momentum") { table, n, draw in
      let g = draw.floats(n)
      let (m, x) = (draw.floats(n), draw.floats(n))
      var (got, wanted): ([Double], [Double]) = ([], [])
      for nesterov in [false, true] {
        var (moved, point) = (m, x)
        table.momentum(n, 0.5, 0.01, 0.9, 0.1, nesterov ? 1 : 0, g, &moved, &point)
        got += doubles(point)
        wanted += g.indices.map { i in
          let d = 0.5 * Double(g[i]) + 0.01 * Double(x[i])
          let average = 0.9 * Double(m[i]) + d
          return Double(x[i]) - 0.1 * (nesterov ? d + 0.9 * average : average)
        }
      }
      return (got, wanted)
    },
  ]
}
