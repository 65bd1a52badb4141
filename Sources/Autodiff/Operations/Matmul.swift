import CKernels
import TensorCore

extension Tape {
  /// x weightᵀ + bias: [M, K] by [N, K] -> [M, N], the weight as PyTorch's `nn.Linear` stores it.
  package func linear(_ x: Variable, weight: Variable, bias: Variable? = nil) -> Variable {
    precondition(
      x.shape.rank == 2 && weight.shape.rank == 2 && x.shape[1] == weight.shape[1],
      "linear of \(x.shape.text) with a weight of \(weight.shape.text)")
    let (rows, width) = (x.shape[0], weight.shape[0])
    var value = TensorCore.matmul(x.value, transposed: false, weight.value, transposed: true)
    if let bias {
      precondition(
        bias.shape == [width],
        "linear with a weight of \(weight.shape.text) and a bias of \(bias.shape.text)")
      value.withMutableData { y in
        bias.value.withData { bias in
          parallelRanges(rows, block: rowBlock(width)) { range in
            pk_add_row(range.count, width, bias, y + range.lowerBound * width)
          }
        }
      }
    }
    return record(value, from: [x, weight] + (bias.map { [$0] } ?? [])) { gradient in
      if x.needsGradient { x.accumulate(TensorCore.matmul(gradient, weight.value)) }
      if weight.needsGradient {
        weight.accumulate(TensorCore.matmul(gradient, transposed: true, x.value))
      }
      if let bias, bias.needsGradient {
        let sums = columnSums(gradient, rows: rows, width: width)
        bias.accumulate(Tensor(sums.map { Float($0) }, [width]))
      }
    }
  }

  /// op(a) op(b), [M, K] by [K, N] -> [M, N]; `transposeA` and `transposeB` say how they are stored.
  package func matmul(
    _ a: Variable, _ b: Variable, transposeA: Bool = false, transposeB: Bool = false
  ) -> Variable {
    let value = TensorCore.matmul(
      a.value, transposed: transposeA, b.value, transposed: transposeB)
    return record(value, from: [a, b]) { gradient in
      recordProduct(a, transposeA, b, transposeB, gradient) {
        TensorCore.matmul($0, transposed: $1, $2, transposed: $3)
      }
    }
  }

  /// op(a[i]) op(b[i]) for each i: [B, M, K] by [B, K, N] -> [B, M, N], as `matmul`.
  package func matmulBatched(
    _ a: Variable, _ b: Variable, transposeA: Bool = false, transposeB: Bool = false
  ) -> Variable {
    let value = batchedProduct(a.value, transposeA, b.value, transposeB)
    return record(value, from: [a, b]) { gradient in
      recordProduct(a, transposeA, b, transposeB, gradient, batchedProduct)
    }
  }
}

/// Hands both factors of op(a) op(b) their gradients; `product` multiplies (left, transposed, right,
/// transposed).
private func recordProduct(
  _ a: Variable, _ transposeA: Bool, _ b: Variable, _ transposeB: Bool, _ gradient: Tensor,
  _ product: (Tensor, Bool, Tensor, Bool) -> Tensor
) {
  if a.needsGradient {
    a.accumulate(
      transposeA
        ? product(b.value, transposeB, gradient, true)
        : product(gradient, false, b.value, !transposeB))
  }
  if b.needsGradient {
    b.accumulate(
      transposeB
        ? product(gradient, true, a.value, transposeA)
        : product(a.value, !transposeA, gradient, false))
  }
}

private func batchedProduct(
  _ a: Tensor, _ transposeA: Bool, _ b: Tensor, _ transposeB: Bool
) -> Tensor {
  precondition(
    a.shape.rank == 3 && b.shape.rank == 3 && a.shape[0] == b.shape[0],
    "matmulBatched of \(a.shape.text) by \(b.shape.text)")
  let batch = a.shape[0]
  let m = a.shape[transposeA ? 2 : 1]
  let k = a.shape[transposeA ? 1 : 2]
  let n = b.shape[transposeB ? 1 : 2]
  precondition(
    b.shape[transposeB ? 2 : 1] == k,
    "matmulBatched of \(a.shape.text)\(transposeA ? "ᵀ" : "") by \(b.shape.text)"
      + (transposeB ? "ᵀ" : ""))
  let (lda, ldb) = (a.shape[2], b.shape[2])
  return .make([batch, m, n]) { c in
    guard k > 0 else { return c.update(repeating: 0, count: batch * m * n) }
    // Blocks of about a million multiplications: rows of one large product, or several small products.
    let block = max(16, (1 << 20) / max(1, n * k))
    let blocks = max(1, (m + block - 1) / block)
    withData(a, b) { a, b in
      parallelRanges(batch * blocks, block: max(1, (1 << 20) / max(1, m * n * k))) { range in
        for index in range {
          let item = index / blocks
          let first = index % blocks * block
          let rows = min(block, m - first)
          gemm(
            rows, n, k, a + item * m * k + (transposeA ? first : first * lda), lda: lda,
            transposeA: transposeA, b + item * k * n, ldb: ldb, transposeB: transposeB,
            c + item * m * n + first * n, ldc: n)
        }
      }
    }
  }
}
