import CKernels

/// Products of matrices in panels of sixteen columns, [columns / 16][rows][16], which every step reads and writes
/// in the order of memory. On the calling thread, for matrices that stay in the second-level cache.
enum PanelGemm {
  /// C [m, n] = A [m, k] B [k, n].
  static func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>
  ) {
    var shape = pk_gemm_shape(
      m: m, n: n, k: 16, parts: k / 16, a: a, a_part: 16 * m, a_row: 16, a_step: 1, b: b,
      b_panel: 16 * k, b_row: 16, c: c, c_panel: 16 * m, c_row: 16, accumulate: 0)
    pk_gemm(&shape)
  }

  /// C [m, n] = or += the transpose of A [k, m] times B [k, n].
  static func multiplyTransposed(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for panel in stride(from: 0, to: m, by: 16) {
      var shape = pk_gemm_shape(
        m: 16, n: n, k: k, parts: 1, a: a + panel * k, a_part: 0, a_row: 1, a_step: 16, b: b,
        b_panel: 16 * k, b_row: 16, c: c + panel * 16, c_panel: 16 * m, c_row: 16,
        accumulate: accumulate ? 1 : 0)
      pk_gemm(&shape)
    }
  }
}
