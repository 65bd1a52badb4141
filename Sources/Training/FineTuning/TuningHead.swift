import Autodiff
import NeuralNetworks
import TensorCore

/// A linear classifier whose weights are trained with the encoder's, a tensor a piece of the feature.
struct TuningHead {
  private let start: LinearClassifier
  private let pieces: [(columns: Range<Int>, weight: Parameter)]
  private let bias: Parameter

  /// Makes `heads.<part>.<piece>.weight` and `heads.<part>.bias` in `store` with the values of `start`; the feature is
  /// in pieces of `width` columns.
  init(_ start: LinearClassifier, width: Int, store: ParameterStore) {
    precondition(
      start.dimensions % width == 0, "a classifier of \(start.dimensions) values in \(width)s")
    self.start = start
    let name = "heads." + start.part.rawValue
    pieces = (0..<start.dimensions / width).map { piece in
      let columns = piece * width..<(piece + 1) * width
      return (
        columns,
        store.make("\(name).\(piece).weight", start.columns(columns), role: .weight)
      )
    }
    bias = store.make(name + ".bias", Tensor(start.bias, [start.classes]), role: .bias)
  }

  var parameters: [Parameter] { pieces.map(\.weight) + [bias] }

  /// [rows, classes] of the pieces of a feature, [rows, width] each.
  func logits(_ feature: [Variable], tape: Tape) -> Variable {
    precondition(feature.count == pieces.count, "\(feature.count) pieces of \(pieces.count)")
    var sum: Variable?
    for (value, piece) in zip(feature, pieces) {
      let rows = value.shape[0]
      func rowsOf(_ values: [Float]) -> Variable {
        let row = Array(values[piece.columns])
        return tape.constant(
          Tensor(Array(repeatElement(row, count: rows).joined()), value.shape))
      }
      let scaled = tape.multiply(
        tape.subtract(value, rowsOf(start.mean)), rowsOf(start.factor))
      let part = tape.linear(
        scaled, weight: tape.use(piece.weight), bias: sum == nil ? tape.use(bias) : nil)
      sum = sum.map { tape.add($0, part) } ?? part
    }
    guard let sum else { preconditionFailure("a head of no pieces") }
    return sum
  }

  /// The classifier as the parameters have it now.
  var classifier: LinearClassifier {
    let parts = pieces.map { $0.weight.value.array }
    let weights = (0..<start.classes).flatMap { row in
      zip(pieces, parts).flatMap { piece, values in
        values[row * piece.columns.count..<(row + 1) * piece.columns.count]
      }
    }
    return LinearClassifier(
      start.part, mean: start.mean, factor: start.factor, weights: weights,
      bias: bias.value.array)
  }
}
