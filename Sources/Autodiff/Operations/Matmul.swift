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
      if a.needsGradient {
        a.accumulate(
          transposeA
            ? TensorCore.matmul(b.value, transposed: transposeB, gradient, transposed: true)
            : TensorCore.matmul(gradient, transposed: false, b.value, transposed: !transposeB))
      }
      if b.needsGradient {
        b.accumulate(
          transposeB
            ? TensorCore.matmul(gradient, transposed: true, a.value, transposed: transposeA)
            : TensorCore.matmul(a.value, transposed: !transposeA, gradient, transposed: false))
      }
    }
  }
}
