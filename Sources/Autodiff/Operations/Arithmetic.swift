import CKernels
import TensorCore

extension Tape {
  /// a + b, of the same shape.
  package func add(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "add of \(a.shape.text) and \(b.shape.text)")
    var value = a.value
    value.add(b.value)
    return record(value, from: [a, b]) { gradient in
      a.accumulate(gradient)
      b.accumulate(gradient)
    }
  }

  /// a - b, of the same shape.
  package func subtract(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "subtract of \(a.shape.text) and \(b.shape.text)")
    var value = a.value
    value.addScaled(b.value, -1)
    return record(value, from: [a, b]) { gradient in
      a.accumulate(gradient)
      guard b.needsGradient else { return }
      var negative = gradient
      negative.scale(-1)
      b.accumulate(negative)
    }
  }

  /// factor × x.
  package func scale(_ x: Variable, by factor: Float) -> Variable {
    var value = x.value
    value.scale(factor)
    return record(value, from: [x]) { gradient in
      var part = gradient
      part.scale(factor)
      x.accumulate(part)
    }
  }

  /// a × b elementwise, of the same shape.
  package func multiply(_ a: Variable, _ b: Variable) -> Variable {
    precondition(a.shape == b.shape, "multiply of \(a.shape.text) and \(b.shape.text)")
    return record(product(a.value, b.value), from: [a, b]) { gradient in
      if a.needsGradient { a.accumulate(product(gradient, b.value)) }
      if b.needsGradient { b.accumulate(product(gradient, a.value)) }
    }
  }

  /// max(x, 0).
  package func relu(_ x: Variable) -> Variable {
    let shape = x.shape
    let value = x.value.withData { x in
      makeElementwise(shape) { pk_relu($0.count, x + $0.lowerBound, $1) }
    }
    return record(value, from: [x]) { gradient in
      x.accumulate(
        withData(value, gradient) { y, g in
          makeElementwise(value.shape) { range, out in
            pk_relu_backward(range.count, y + range.lowerBound, g + range.lowerBound, out)
          }
        })
    }
  }

  /// The sum of every element, a scalar.
  package func sum(_ x: Variable) -> Variable {
    record(Tensor(scalar: Float(x.value.sum)), from: [x]) { gradient in
      x.accumulate(Tensor(repeating: gradient.scalar, x.shape))
    }
  }

  /// The mean of every element, a scalar.
  package func mean(_ x: Variable) -> Variable {
    precondition(x.value.count > 0, "mean of \(x.shape.text)")
    let count = Double(x.value.count)
    return record(Tensor(scalar: Float(x.value.sum / count)), from: [x]) { gradient in
      x.accumulate(Tensor(repeating: Float(Double(gradient.scalar) / count), x.shape))
    }
  }

  /// The sum of single elements, each times its weight: how losses are put together.
  package func weightedSum(_ terms: [(weight: Float, value: Variable)]) -> Variable {
    var total = 0.0
    for term in terms {
      precondition(term.value.value.count == 1, "weightedSum of \(term.value.shape.text)")
      total += Double(term.weight) * Double(term.value.value.scalar)
    }
    return record(Tensor(scalar: Float(total)), from: terms.map(\.value)) { gradient in
      for term in terms where term.value.needsGradient {
        term.value.accumulate(Tensor(repeating: term.weight * gradient.scalar, term.value.shape))
      }
    }
  }
}

private func product(_ a: Tensor, _ b: Tensor) -> Tensor {
  withData(a, b) { x, y in
    makeElementwise(a.shape) { range, out in
      pk_multiply(range.count, x + range.lowerBound, y + range.lowerBound, out)
    }
  }
}
