import Settings
import TensorCore

/// The machine's matrix products: what the convolutions can at best come to.
enum GemmBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) {
    for size in [64, 256, 1024] {
      let a = randomTensor([size, size])
      let rows = randomTensor([(1 << 22) / size, size])
      let seconds = medianSeconds(values[BenchSettings.steps]) {
        _ = matmul(rows, a)
      }
      let operations = 2 * Double(rows.count) * Double(size)
      report(
        figures([
          ("bench", .string("gemm")), ("m", .integer(rows.shape[0])), ("n", .integer(size)),
          ("k", .integer(size)), ("threads", .integer(Threads.count)),
          ("gflops", rounded(operations / seconds / 1e9)),
        ]))
    }
  }
}
