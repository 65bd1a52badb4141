import CKernels
import TensorCore

#if canImport(Glibc)
  import Glibc
#endif

extension Tape {
  /// The mean cross entropy of softmax(logits / temperature), [M, N], to one class a row.
  ///
  /// - Parameters:
  ///   - targets: a class a row; a negative one leaves the row out.
  ///   - rowWeights: a weight a row, for a weighted mean.
  ///   - excluded: one entry an element; columns that are true take no part in their row.
  ///
  /// Without any row that counts the loss is 0 and no gradient flows.
  package func crossEntropy(
    _ logits: Variable, targets: [Int], temperature: Float = 1, rowWeights: [Float]? = nil,
    excluded: [Bool]? = nil
  ) -> Variable {
    let (rows, width) = rowsAndWidth(logits.shape, "crossEntropy")
    let factor = inverse(of: temperature, "crossEntropy")
    requireMask(excluded, logits.shape, "crossEntropy")
    let weights = normalisedWeights(
      targets, rowWeights, rows: rows, width: width, logits.shape, "crossEntropy")
    if let excluded {
      for row in 0..<rows where targets[row] >= 0 {
        precondition(
          !excluded[row * width + targets[row]], "crossEntropy excludes the target of row \(row)")
      }
    }
    var losses = [Double](repeating: 0, count: rows)
    let shape = logits.shape
    let probabilities = logits.value.withData { x in
      withMask(excluded) { excluded in
        losses.withUnsafeMutableBufferPointer { losses in
          makeRows(shape, rows: rows, width: width) { row, out in
            let start = row * width
            let logSum = pk_softmax_row(
              width, factor, x + start, excluded.map { $0 + start }, out)
            if weights[row] != 0 {
              losses[row] = weights[row] * (logSum - Double(x[start + targets[row]] * factor))
            }
          }
        }
      }
    }
    return record(Tensor(scalar: Float(losses.reduce(0, +))), from: [logits]) { gradient in
      let scale = gradient.scalar * factor
      var part = probabilities
      part.withMutableData { p in
        parallelRanges(rows, block: rowBlock(width)) { range in
          for row in range {
            let weight = Float(weights[row]) * scale
            guard weight != 0 else {
              (p + row * width).update(repeating: 0, count: width)
              continue
            }
            p[row * width + targets[row]] -= 1
            pk_scale(width, weight, p + row * width)
          }
        }
      }
      logits.accumulate(part)
    }
  }

  /// The mean of -log(p + epsilon) at one class a row of probabilities, [..., N]: the loss of the random
  /// walk's return probabilities (Jabri, Owens, Efros 2020). A negative target leaves its row out.
  package func negativeLogLikelihood(
    _ probabilities: Variable, targets: [Int], rowWeights: [Float]? = nil, epsilon: Float = 1e-20
  ) -> Variable {
    let (rows, width) = rowsAndWidth(probabilities.shape, "negativeLogLikelihood")
    let weights = normalisedWeights(
      targets, rowWeights, rows: rows, width: width, probabilities.shape, "negativeLogLikelihood")
    var total = 0.0
    var slopes = [Double](repeating: 0, count: rows)
    probabilities.value.withData { p in
      for row in 0..<rows where weights[row] != 0 {
        let shifted = Double(p[row * width + targets[row]] + epsilon)
        total -= weights[row] * log(shifted)
        slopes[row] = -weights[row] / shifted
      }
    }
    return record(Tensor(scalar: Float(total)), from: [probabilities]) { gradient in
      let scale = Double(gradient.scalar)
      var part = Tensor.zeros(probabilities.shape)
      part.withMutableData { out in
        for row in 0..<rows where weights[row] != 0 {
          out[row * width + targets[row]] = Float(slopes[row] * scale)
        }
      }
      probabilities.accumulate(part)
    }
  }

  /// The mean over rows of 2 - 2 cos(a, b), for BYOL (Grill et al. 2020, equation 2); [M, D] each.
  package func cosineDistance(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "cosineDistance of \(a.shape.text) and \(b.shape.text)")
    let (rows, _) = rowsAndWidth(a.shape, "cosineDistance")
    let product = sum(multiply(l2Normalise(a), l2Normalise(b)))
    let two = constant(Tensor(scalar: 2))
    return weightedSum([(1, two), (-2 / Float(max(1, rows)), product)])
  }
}

/// A weight a row that sum to 1, 0 for rows left out.
private func normalisedWeights(
  _ targets: [Int], _ rowWeights: [Float]?, rows: Int, width: Int, _ shape: Shape,
  _ operation: String
) -> [Double] {
  precondition(
    targets.count == rows, "\(operation) of \(shape.text) with \(targets.count) targets")
  precondition(
    targets.allSatisfy { $0 < width }, "\(operation) of \(shape.text) with a target out of range")
  precondition(
    rowWeights == nil || rowWeights?.count == rows,
    "\(operation) of \(shape.text) with \(rowWeights?.count ?? 0) row weights")
  var weights = (0..<rows).map { row in
    targets[row] < 0 ? 0 : Double(rowWeights?[row] ?? 1)
  }
  let total = weights.reduce(0, +)
  guard total > 0 else { return [Double](repeating: 0, count: rows) }
  for row in 0..<rows { weights[row] /= total }
  return weights
}
