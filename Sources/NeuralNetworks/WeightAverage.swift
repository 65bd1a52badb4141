import Autodiff
import CKernels
import TensorCore

/// An exponential moving average of a model's parameters and buffers: the teacher of mean-teacher
/// and momentum-encoder methods (Tarvainen and Valpola, NeurIPS 2017; He et al., CVPR 2020), and
/// the weights that are evaluated and exported.
///
/// Running statistics are averaged with the weights, since the average is used in evaluation mode.
package struct WeightAverage: Sendable, Equatable {
  /// The share of the old average that a step keeps, once the ramp is over.
  package let decay: Double

  package init(decay: Double = 0.99) { self.decay = decay }

  /// The decay at step `step`, counted from 0: min(decay, (1 + t) / (10 + t)), so that the
  /// untrained weights are soon forgotten.
  package func decay(at step: Int) -> Double {
    min(decay, Double(1 + step) / Double(10 + step))
  }

  /// Moves `average` towards `model`, a store with the same parameters.
  package func update(_ average: ParameterStore, towards model: ParameterStore, step: Int) {
    precondition(
      average.all.count == model.all.count,
      "averaging \(model.all.count) parameters into \(average.all.count)")
    let share = Float(1 - decay(at: step))
    for (mean, current) in zip(average.all, model.all) {
      precondition(mean.name == current.name, "averaging \(current.name) into \(mean.name)")
      let count = mean.value.count
      precondition(
        count == current.value.count,
        "averaging \(current.value.shape.text) into \(mean.value.shape.text)")
      current.value.withData { source in
        mean.value.withMutableData { target in
          parallelRanges(count, block: elementwiseBlock) { range in
            pk_lerp(range.count, share, source + range.lowerBound, target + range.lowerBound)
          }
        }
      }
    }
  }
}
