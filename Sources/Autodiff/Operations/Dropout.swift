import CKernels
import TensorCore

extension Tape {
  /// In training each element becomes 0 with probability `rate` and the others are divided by 1 - rate
  /// (Srivastava et al. 2014); otherwise the value itself.
  package func dropout(_ x: Variable, rate: Float, random: CounterRandom) -> Variable {
    precondition(rate >= 0 && rate < 1, "dropout at a rate of \(rate)")
    guard isTraining, rate > 0 else { return x }
    let keep = 1 / (1 - rate)
    var random = random
    let mask = Tensor.make(x.shape) { mask in
      for index in 0..<x.value.count { mask[index] = random.uniform() < rate ? 0 : keep }
    }
    return multiply(x, constant(mask))
  }
}
