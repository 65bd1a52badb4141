import TensorCore

/// A value on a tape: the result of an operation, a parameter or a constant.
package final class Variable {
  package let value: Tensor
  /// Whether a gradient flows into it; operations skip the work for those into which none does.
  package let needsGradient: Bool
  /// The sum of the gradients that reached it so far; nil until one does.
  package fileprivate(set) var gradient: Tensor?

  fileprivate init(_ value: Tensor, needsGradient: Bool) {
    self.value = value
    self.needsGradient = needsGradient
  }

  package var shape: Shape { value.shape }

  /// Adds `part` to the gradient. The first part is kept as it is, without a copy.
  package func accumulate(_ part: Tensor) {
    guard needsGradient else { return }
    precondition(
      part.shape == value.shape,
      "a gradient of \(part.shape.text) for a value of \(value.shape.text)")
    if gradient == nil {
      gradient = part
    } else {
      gradient?.add(part)
    }
  }
}

/// The record of one forward pass: every operation appends its backward step, `backward` runs them in
/// reverse. Reverse-mode differentiation in its plainest form (Wengert list).
///
/// An operation is an extension of `Tape` whose forward and backward stand in one file: it computes the
/// value and calls `record` with a closure that turns the gradient of the value into `accumulate` calls
/// on the inputs. A tape that does not record (evaluation) keeps nothing alive.
package final class Tape {
  /// Whether backward steps are kept.
  package let isRecording: Bool
  /// Whether operations behave as in training: batch statistics, dropout.
  package let isTraining: Bool
  private var steps: [(output: Variable, backward: (Tensor) -> Void)] = []
  private var parameters: [ObjectIdentifier: Variable] = [:]

  package init(recording: Bool = true, training: Bool = true) {
    isRecording = recording
    isTraining = training
  }

  /// A tape for evaluation: no gradients, running statistics.
  package static func evaluation() -> Tape { Tape(recording: false, training: false) }

  /// A value into which no gradient flows.
  package func constant(_ value: Tensor) -> Variable { Variable(value, needsGradient: false) }

  /// A value whose gradient is wanted, as the leaf of a gradient check.
  package func leaf(_ value: Tensor) -> Variable { Variable(value, needsGradient: isRecording) }

  /// The value of a parameter: the same variable each time within one tape, so that its gradients add up.
  package func use(_ parameter: Parameter) -> Variable {
    let key = ObjectIdentifier(parameter)
    if let known = parameters[key] { return known }
    let variable = Variable(
      parameter.value, needsGradient: isRecording && parameter.role != .buffer)
    parameters[key] = variable
    return variable
  }

  /// The gradient that `backward` left for a parameter; nil where none reached it.
  package func gradient(of parameter: Parameter) -> Tensor? {
    parameters[ObjectIdentifier(parameter)]?.gradient
  }

  /// Puts an operation's result on the tape. `backward` receives the gradient of the result and hands
  /// each input its part by `accumulate`; it runs once at most.
  package func record(
    _ value: Tensor, from inputs: [Variable], backward: @escaping (Tensor) -> Void
  ) -> Variable {
    let needed = isRecording && inputs.contains { $0.needsGradient }
    let output = Variable(value, needsGradient: needed)
    if needed { steps.append((output, backward)) }
    return output
  }

  /// The same value cut off from the tape: no gradient flows back through it.
  package func stopGradient(_ x: Variable) -> Variable { constant(x.value) }

  /// Runs the backward steps from `loss`, a single element, and releases each as it is done.
  package func backward(from loss: Variable) {
    precondition(loss.value.count == 1, "backward from a value of \(loss.shape.text)")
    backward(from: loss, gradient: Tensor(repeating: 1, loss.shape))
  }

  /// Runs the backward steps given the gradient of `output`.
  package func backward(from output: Variable, gradient: Tensor) {
    output.accumulate(gradient)
    while let (output, step) = steps.popLast() {
      guard let gradient = output.gradient else { continue }
      step(gradient)
      output.gradient = nil
    }
  }
}
