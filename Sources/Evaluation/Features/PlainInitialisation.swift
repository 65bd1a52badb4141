import Autodiff
import NeuralNetworks
import TensorCore

extension ParameterStore {
  /// Scales the filters to the variance 1 / (3 inputs) of PyTorch's convolutions that nobody initialised
  /// otherwise. Under a fresh network's batch statistics (0 and 1) the larger filters that training begins with
  /// would drown the shortcuts, and such features track worse: a baseline is to be at its best.
  func takePlainInitialisation() {
    for parameter in all where parameter.role == .weight && parameter.value.shape.rank == 4 {
      let shape = parameter.value.shape
      let taps = Float(shape[1] * shape[2])
      let had = (2 / (Float(shape[0]) * taps)).squareRoot()
      let wanted = (1 / (3 * Float(shape[3]) * taps)).squareRoot()
      parameter.value.scale(wanted / had)
    }
  }
}
