import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import TensorCore

/// What one training step did.
package struct StepResult {
  /// The weighted sum of the losses; nil where the batch held nothing for any objective.
  package var loss: Double?
  /// Every objective's own, as `<objective>/<metric>`.
  package var metrics: [(name: String, value: Double)] = []
  /// The norm of all the gradients before clipping.
  package var gradientNorm = 0.0
  /// Why the parameters were left as they were; nil when they moved.
  package var skipReason: String?
}

extension PretrainingModel {
  /// Forward, losses, backward, clipping, one step of the optimiser and of the average.
  ///
  /// A loss, a gradient, a running statistic or a queue that is not finite, or a gradient whose square
  /// would not be, leaves the whole model as it was before the step, statistics and queues included;
  /// the result says so.
  package func trainingStep(
    _ batch: ClipBatch, optimiser: any Optimiser, average: WeightAverage, learningRate: Double,
    clipNorm: Double
  ) -> StepResult {
    let before = snapshot()
    let trained = online.trained
    var (result, gradients) = forwardAndBackward(batch, trained)
    if result.skipReason == nil {
      result.gradientNorm = globalNorm(gradients)
      if !result.gradientNorm.isFinite { result.skipReason = "a gradient is not finite" }
    }
    let factor = clippingFactor(norm: result.gradientNorm, limit: clipNorm)
    if result.skipReason == nil, result.gradientNorm * Double(factor) > Self.largestNorm {
      result.skipReason = "the gradients have a norm of \(result.gradientNorm)"
    }
    if result.skipReason == nil, let name = firstNotFinite(in: snapshot()) {
      result.skipReason = "\(name) is not finite"
    }
    guard result.skipReason == nil else {
      restore(before)
      return result
    }
    // An objective that sees no sound in this batch leaves its heads without gradients; with none
    // at all there is nothing to learn from.
    guard gradients.contains(where: { $0 != nil }) else { return result }
    optimiser.step(
      trained, gradients: gradients,
      gradientScale: factor,
      learningRate: learningRate)
    gradients = []
    average.update(teacher, towards: online, step: batch.step)
    return result
  }

  /// Above it the squares that optimisers remember may not be finite.
  private static let largestNorm = 1e18

  /// A function of its own so that the tape and all it keeps alive are gone before the optimiser
  /// writes.
  private func forwardAndBackward(
    _ batch: ClipBatch, _ trained: [Parameter]
  ) -> (StepResult, [Tensor?]) {
    let tape = Tape()
    let context = context(batch, tape: tape)
    let outcome = objectives.loss(context)
    var result = StepResult()
    result.metrics = outcome.metrics
    guard let loss = outcome.loss else { return (result, []) }
    let value = Double(loss.value.scalar)
    result.loss = value
    guard value.isFinite else {
      let culprits = outcome.metrics.filter { $0.name.hasSuffix("/loss") && !$0.value.isFinite }
      result.skipReason = "\(culprits.first?.name ?? "the loss") is not finite"
      return (result, [])
    }
    tape.backward(from: loss)
    return (result, trained.map { tape.gradient(of: $0) })
  }
}
