import Settings
import TensorCore

/// Matrix products by BLAS, of which the square ones show the machine's peak.
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
