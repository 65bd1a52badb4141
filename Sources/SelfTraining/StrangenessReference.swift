import CKernels
import Evaluation
import TensorCore

extension Strangeness {
  /// What one part of the labelled clips looks like, and how that part spreads over all clips.
  struct Reference: Sendable, Equatable {
    /// [labelled, D], of unit length, zeros where a clip has not that part.
    let rows: Tensor
    let scale: Standardisation

    init(rows: Tensor, scale: Standardisation) {
      (self.rows, self.scale) = (rows, scale)
    }

    /// Of all clips [N, D], those that have the part give the scale and `labelled` the rows; nil where none has.
    init?(_ features: Tensor, _ has: [Bool], _ labelled: [Int]) {
      let there = has.indices.filter { has[$0] }
      guard !there.isEmpty, features.shape[1] > 0 else { return nil }
      let scale = Standardisation(features.rows(there))
      // As they are written to a file.
      self.init(
        rows: features.rows(labelled),
        scale: Standardisation(
          mean: scale.mean.map { Double(Float($0)) },
          deviation: scale.deviation.map { Double(Float($0)) }))
    }

    var dimensions: Int { rows.shape[1] }

    /// Whether no labelled clip has the part.
    var isEmpty: Bool { Self.squares(rows).allSatisfy { $0 == 0 } }

    /// The squared distances of clips [N, D] to the labelled ones, [N][labelled]; nil where one of both lacks the part.
    func distances(to features: Tensor, _ has: [Bool]? = nil) -> [[Double?]] {
      let (count, known) = (features.shape[0], rows.shape[0])
      guard features.shape[1] == dimensions else {
        return Array(repeating: Array(repeating: nil, count: known), count: count)
      }
      let (queries, labelled) = (scale(features), scale(rows))
      let products = matmul(queries, transposed: false, labelled, transposed: true).array
      let (own, theirs) = (Self.squares(queries), Self.squares(labelled))
      let isQuery = has ?? Self.squares(features).map { $0 > 0 }
      let isKnown = Self.squares(rows).map { $0 > 0 }
      return (0..<count).map { query in
        (0..<known).map { place in
          guard isQuery[query], isKnown[place] else { return nil }
          return max(0, own[query] + theirs[place] - 2 * Double(products[query * known + place]))
        }
      }
    }

    private static func squares(_ rows: Tensor) -> [Double] {
      let width = rows.shape[1]
      return rows.withData { data in
        (0..<rows.shape[0]).map { pk_sum_squares(width, data + $0 * width) }
      }
    }

    static func == (a: Reference, b: Reference) -> Bool {
      a.rows.shape == b.rows.shape && a.rows.array == b.rows.array && a.scale.mean == b.scale.mean
        && a.scale.deviation == b.scale.deviation
    }
  }
}
