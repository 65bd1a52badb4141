import CKernels

/// How long the two parts of a vector are; a part of zeros is missing.
struct PartLengths {
  private let first: Float
  private let second: Float

  init(_ vector: UnsafePointer<Float>, split: Int, dimension: Int) {
    first = Float(pk_sum_squares(split, vector).squareRoot())
    second = Float(pk_sum_squares(dimension - split, vector + split).squareRoot())
  }

  var isWhole: Bool { first > 0 && second > 0 }

  /// What turns the cosine of two vectors into that of the parts that both have: 1 unless one of them is whole and the
  /// other is not.
  func factor(with other: PartLengths) -> Float {
    guard isWhole != other.isWhole else { return 1 }
    let (whole, part) = isWhole ? (self, other) : (other, self)
    let shared = part.first > 0 ? whole.first : part.second > 0 ? whole.second : 0
    guard shared > 0 else { return 1 }
    return (whole.first * whole.first + whole.second * whole.second).squareRoot() / shared
  }
}
