import CKernels

/// C = A B, or C += A B, on the calling thread, for matrices that stay in the second-level cache; n is a
/// multiple of 16.
///
/// Element (i, s) of A [m, k] is `a[i * row + s * step]`, so that a transposed A is as good as a plain one; B
/// [k, n] and C [m, n] are dense.
func smallGemm(
  _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, row: Int, step: Int,
  _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, accumulate: Bool = false
) {
  var part: UnsafePointer<Float>? = a
  withUnsafePointer(to: &part) { parts in
    var shape = pk_gemm_shape(
      m: m, n: n, k: k, parts: 1, a: parts, a_row: row, a_step: step, b: b, b_row: n, c: c,
      c_row: n, accumulate: accumulate ? 1 : 0)
    pk_gemm(&shape)
  }
}
