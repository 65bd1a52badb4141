import CKernels
import TensorCore

/// A classifier with one layer of hidden units, max(0, x W₁ᵀ + b₁) W₂ᵀ + b₂.
package struct Perceptron: Head, Equatable {
  package let inputs: Int
  package let hidden: Int
  package let classes: Int
  /// W₁ [hidden, inputs], W₂ [classes, hidden], b₁, b₂, one after the other.
  package var values: [Float]

  package init(inputs: Int, hidden: Int, classes: Int, values: [Float]) {
    precondition(
      values.count == hidden * (inputs + 1) + classes * (hidden + 1),
      "\(values.count) values of a perceptron of \(inputs), \(hidden), \(classes)")
    (self.inputs, self.hidden, self.classes, self.values) = (inputs, hidden, classes, values)
  }

  /// Random weights (He et al. 2015 in the first layer, for rows of about unit length), nothing in the second: all
  /// classes are equal at first.
  init(inputs: Int, hidden: Int, classes: Int, random: inout CounterRandom) {
    let first = (0..<hidden * inputs).map { _ in random.normal() * Float(2).squareRoot() }
    let rest = [Float](repeating: 0, count: hidden + classes * (hidden + 1))
    self.init(inputs: inputs, hidden: hidden, classes: classes, values: first + rest)
  }

  /// Where the parts of `values` begin.
  var secondWeights: Int { hidden * inputs }
  var firstBias: Int { secondWeights + classes * hidden }
  var secondBias: Int { firstBias + hidden }

  package func logits(_ features: Tensor) -> [[Double]] {
    precondition(
      features.shape.rank == 2 && features.shape[1] == inputs,
      "a perceptron of \(inputs) inputs on \(features.shape.text)")
    let rows = features.shape[0]
    var result = [[Double]](repeating: [Double](repeating: 0, count: classes), count: rows)
    features.withData { x in
      withScratch(rows * (hidden + classes)) { room in
        forward(x, rows, hiddens: room, out: room + rows * hidden)
        for row in 0..<rows {
          for place in 0..<classes {
            result[row][place] = Double(room[rows * hidden + row * classes + place])
          }
        }
      }
    }
    return result
  }

  /// Writes the hidden units [rows, hidden] and the logits [rows, classes].
  func forward(
    _ x: UnsafePointer<Float>, _ rows: Int, hiddens: UnsafeMutablePointer<Float>,
    out: UnsafeMutablePointer<Float>
  ) {
    values.withUnsafeBufferPointer { values in
      guard let w = values.baseAddress else { return }
      gemm(
        rows, hidden, inputs, x, lda: inputs, w, ldb: inputs, transposeB: true, hiddens,
        ldc: hidden)
      pk_add_row(rows, hidden, w + firstBias, hiddens)
      pk_relu(rows * hidden, hiddens, hiddens)
      gemm(
        rows, classes, hidden, hiddens, lda: hidden, w + secondWeights, ldb: hidden,
        transposeB: true, out, ldc: classes)
      pk_add_row(rows, classes, w + secondBias, out)
    }
  }

  /// The gradient by `values` of the loss whose gradients by the logits are `slopes` [rows, classes]; `hiddens` are
  /// those of `forward`, and are overwritten.
  func gradient(
    _ x: UnsafePointer<Float>, _ rows: Int, hiddens: UnsafeMutablePointer<Float>,
    slopes: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    values.withUnsafeBufferPointer { values in
      guard let w = values.baseAddress else { return }
      gemm(
        classes, hidden, rows, slopes, lda: classes, transposeA: true, hiddens, ldb: hidden,
        out + secondWeights, ldc: hidden)
      Self.sums(slopes, rows, classes, into: out + secondBias)
      withScratch(rows * hidden) { back in
        gemm(
          rows, hidden, classes, slopes, lda: classes, w + secondWeights, ldb: hidden, back,
          ldc: hidden)
        pk_relu_backward(rows * hidden, hiddens, back, hiddens)
      }
      gemm(
        hidden, inputs, rows, hiddens, lda: hidden, transposeA: true, x, ldb: inputs, out,
        ldc: inputs)
      Self.sums(hiddens, rows, hidden, into: out + firstBias)
    }
  }

  private static func sums(
    _ x: UnsafePointer<Float>, _ rows: Int, _ columns: Int, into out: UnsafeMutablePointer<Float>
  ) {
    var sums = [Double](repeating: 0, count: columns)
    pk_column_sums(rows, columns, x, &sums)
    for column in 0..<columns { out[column] = Float(sums[column]) }
  }
}
