/// A dense block of Float32 in row-major order. Images are NHWC, convolution weights OHWI.
///
/// A tensor is a value: copying shares the buffer, and `withMutableData` copies it first when it is
/// shared. `slice` and `reshaped` share the buffer too.
package struct Tensor: Sendable {
  package let shape: Shape
  private var buffer: Buffer
  private let offset: Int

  private init(shape: Shape, buffer: Buffer, offset: Int) {
    self.shape = shape
    self.buffer = buffer
    self.offset = offset
  }

  /// The number of elements.
  package var count: Int { shape.elements }

  // MARK: Making

  /// A tensor whose every element `fill` must write; its content is undefined before.
  package static func make(
    _ shape: Shape, _ fill: (UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows -> Tensor {
    let buffer = Buffer(count: shape.elements)
    try fill(buffer.pointer)
    return Tensor(shape: shape, buffer: buffer, offset: 0)
  }

  package init(repeating value: Float, _ shape: Shape) {
    self = .make(shape) { $0.update(repeating: value, count: shape.elements) }
  }

  package static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape) }

  package init(_ values: [Float], _ shape: Shape) {
    precondition(
      values.count == shape.elements, "\(values.count) values for a tensor of \(shape.text)")
    self = .make(shape) { out in
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { out.update(from: base, count: source.count) }
      }
    }
  }

  /// A tensor of one element and rank 0.
  package init(scalar value: Float) { self.init([value], []) }

  // MARK: Reading

  /// Calls `body` with the first element's address, valid within the call only.
  package func withData<R>(_ body: (UnsafePointer<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(buffer) { try body(UnsafePointer(buffer.pointer + offset)) }
  }

  package var array: [Float] { withData { Array(UnsafeBufferPointer(start: $0, count: count)) } }

  /// The only element of a tensor that holds one.
  package var scalar: Float {
    precondition(count == 1, "the scalar of a tensor of \(shape.text)")
    return withData { $0[0] }
  }

  // MARK: Writing

  /// Calls `body` with the address of the elements, for writing in place. A buffer that another tensor
  /// shares is copied first.
  package mutating func withMutableData<R>(
    _ body: (UnsafeMutablePointer<Float>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&buffer) {
      let copy = Buffer(count: count)
      withData { copy.pointer.update(from: $0, count: count) }
      self = Tensor(shape: shape, buffer: copy, offset: 0)
    }
    return try withExtendedLifetime(buffer) { try body(buffer.pointer + offset) }
  }

  // MARK: Views

  /// The same elements under another shape of the same size.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(
      shape.elements == count, "reshape of \(self.shape.text) to \(shape.text)")
    return Tensor(shape: shape, buffer: buffer, offset: offset)
  }

  /// Rows `range` of the outermost axis, sharing the buffer.
  package func slice(_ range: Range<Int>) -> Tensor {
    precondition(
      shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= shape[0],
      "slice \(range) of \(shape.text)")
    var part = shape
    part[0] = range.count
    let row = shape[0] == 0 ? 0 : count / shape[0]
    return Tensor(shape: part, buffer: buffer, offset: offset + range.lowerBound * row)
  }
}

// Several tensors at once: operations read two to four operands.

package func withData<R>(
  _ a: Tensor, _ b: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
) rethrows -> R {
  try a.withData { a in try b.withData { b in try body(a, b) } }
}

package func withData<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
) rethrows -> R {
  try a.withData { a in try b.withData { b in try c.withData { c in try body(a, b, c) } } }
}

package func withData<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
  ) throws -> R
) rethrows -> R {
  try withData(a, b) { a, b in try withData(c, d) { c, d in try body(a, b, c, d) } }
}
