import COpenBLAS

/// Keeps OpenBLAS to one thread a call: the parallelism is `parallelFor`'s.
private let singleThreadedBLAS: Void = openblas_set_num_threads(1)

/// C = alpha op(A) op(B) + beta C over row-major matrices, on the calling thread.
///
/// op(A) is m×k, op(B) is k×n, C is m×n; `lda`, `ldb`, `ldc` are the row strides as stored.
package func gemm(
  _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
  _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
  beta: Float = 0, _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
  guard m > 0, n > 0 else { return }
  _ = singleThreadedBLAS
  MemoryLimit.beforeBLAS {
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c,
      blasint(ldc))
  }
}

/// The matrix product op(a) op(b), [m, k] × [k, n] -> [m, n], in row blocks over the threads.
package func matmul(
  _ a: Tensor, transposed transposeA: Bool = false, _ b: Tensor, transposed transposeB: Bool = false
) -> Tensor {
  precondition(
    a.shape.rank == 2 && b.shape.rank == 2, "matmul of \(a.shape.text) by \(b.shape.text)")
  let m = a.shape[transposeA ? 1 : 0]
  let k = a.shape[transposeA ? 0 : 1]
  let n = b.shape[transposeB ? 0 : 1]
  precondition(
    b.shape[transposeB ? 1 : 0] == k,
    "matmul of \(a.shape.text)\(transposeA ? "ᵀ" : "") by \(b.shape.text)\(transposeB ? "ᵀ" : "")")
  let lda = a.shape[1]
  let ldb = b.shape[1]
  return .make([m, n]) { c in
    guard k > 0 else { return c.update(repeating: 0, count: m * n) }
    withData(a, b) { a, b in
      // About a million multiplications a block keep the cost of handing it out unseen.
      let block = max(16, (1 << 20) / max(1, n * k))
      parallelRanges(m, block: block) { rows in
        gemm(
          rows.count, n, k, transposeA ? a + rows.lowerBound : a + rows.lowerBound * lda, lda: lda,
          transposeA: transposeA, b, ldb: ldb, transposeB: transposeB,
          c + rows.lowerBound * n, ldc: n)
      }
    }
  }
}
