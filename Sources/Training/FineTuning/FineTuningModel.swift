import Autodiff
import Foundation
import NeuralNetworks
import TensorCore

/// The encoders and a head for each part, twice: those that gradients train, and their moving average, which teaches
/// (Tarvainen, Valpola, "Mean teachers are better role models", NeurIPS 2017) and is what is kept.
///
/// Batch normalisation keeps the statistics of the pretraining: a step sees few clips, and the features must be those
/// that evaluation computes.
package final class FineTuningModel {
  package let online = ParameterStore()
  package let teacher = ParameterStore()
  private let student: Copy
  private let average: Copy
  private let plan: FineTuningPlan
  private let classes: Int
  private let optimiser: any Optimiser
  private let rates: LayerRates
  private let averaging: WeightAverage
  private let schedule: WarmupCosine

  /// One set of encoders and heads over a store.
  private struct Copy {
    let encoders: Encoders
    let heads: [LinearClassifier.Part: TuningHead]
    let changes: Bool

    init(
      _ start: Encoders, _ heads: [LinearClassifier], changes: Bool, store: ParameterStore
    ) {
      encoders = Encoders(configuration: start.configuration, store: store, seed: 0)
      for parameter in store.all {
        if let known = start.store[parameter.name] { parameter.value = known.value }
      }
      var made: [LinearClassifier.Part: TuningHead] = [:]
      for head in heads {
        let width =
          head.part == .video ? encoders.visual.channels : encoders.sound.channels
        made[head.part] = TuningHead(head, width: width, store: store)
      }
      (self.heads, self.changes) = (made, changes)
    }

    /// The logits [rows, classes] of each part of the clips that have it, and the clip of each row.
    func logits(
      _ input: TuningInput, tape: Tape
    ) -> [(part: LinearClassifier.Part, clips: [Int], logits: Variable)] {
      let features = PooledFeatures(encoders: encoders, changes: changes, tape: tape)
      var result: [(part: LinearClassifier.Part, clips: [Int], logits: Variable)] = []
      if let head = heads[.video] {
        for group in input.pictures {
          result.append(
            (.video, group.clips.map(\.clip), head.logits(features(group), tape: tape)))
        }
      }
      if let head = heads[.audio] {
        for group in input.sounds {
          result.append((.audio, group.clips, head.logits(features(group), tape: tape)))
        }
      }
      return result
    }
  }

  /// - Parameters:
  ///   - start: the encoders to begin with; they stay as they are.
  ///   - heads: one for each part that is to be tuned, with the values to begin with.
  ///   - changes: whether the feature of pictures has their changes beside their mean.
  package init(
    _ start: Encoders, heads: [LinearClassifier], changes: Bool, plan: FineTuningPlan
  ) {
    precondition(!heads.isEmpty, "fine-tuning without a head")
    student = Copy(start, heads, changes: changes, store: online)
    average = Copy(start, heads, changes: changes, store: teacher)
    self.plan = plan
    classes = heads.first?.classes ?? 0
    optimiser = AdamW(weightDecay: plan.weightDecay)
    rates = LayerRates(
      student.encoders, heads: student.heads.values.flatMap(\.parameters), decay: plan.layerDecay)
    averaging = WeightAverage(decay: plan.averageDecay)
    schedule = WarmupCosine(
      peak: plan.learningRate, warmup: Int(plan.warmup * Double(plan.steps)), total: plan.steps)
  }

  /// The average's encoders, which live as long as anybody has them, and its heads.
  package var tuned: (encoders: Encoders, heads: [LinearClassifier]) {
    (
      average.encoders,
      LinearClassifier.Part.allCases.compactMap { average.heads[$0]?.classifier }
    )
  }

  /// One step: losses, gradients, optimiser, average. A loss or a gradient that is not finite leaves every weight as it
  /// was; the result says so.
  package func step(_ number: Int, _ batch: TuningBatch) -> StepResult {
    let targets = TuningTargets(
      batch, teacher: taught(batch), share: teacherShare(number), classes: classes,
      plan: plan)
    var (result, gradients) = forwardAndBackward(batch.strong, targets)
    guard result.skipReason == nil, !gradients.isEmpty else { return result }
    result.gradientNorm = globalNorm(online.trained.map { gradients[$0.name] })
    guard result.gradientNorm.isFinite else {
      result.skipReason = "a gradient is not finite"
      return result
    }
    rates.step(
      optimiser, gradient: { gradients[$0.name] },
      gradientScale: clippingFactor(norm: result.gradientNorm, limit: plan.clipNorm),
      rate: schedule.rate(number))
    gradients = [:]
    averaging.update(teacher, towards: online, step: number)
    return result
  }

  /// A function of its own so that the tape and all it keeps alive are gone before the optimiser writes.
  private func forwardAndBackward(
    _ input: TuningInput, _ targets: TuningTargets
  ) -> (StepResult, [String: Tensor]) {
    var result = StepResult()
    let tape = Tape(recording: true, training: false)
    let parts = student.logits(input, tape: tape).map { ($0.logits, targets.rows($0.clips)) }
    guard let loss = TuningTargets.loss(parts, tape: tape) else { return (result, [:]) }
    let value = Double(loss.value.scalar)
    result.loss = value
    guard value.isFinite else {
      result.skipReason = "the loss is not finite"
      return (result, [:])
    }
    tape.backward(from: loss)
    var gradients: [String: Tensor] = [:]
    for parameter in online.trained { gradients[parameter.name] = tape.gradient(of: parameter) }
    return (result, gradients)
  }

  private func teacherShare(_ step: Int) -> Double {
    plan.teacherShare * Double(step) / Double(max(1, plan.steps - 1))
  }

  /// What the average says of each weakly changed clip: the mean over the parts that it has; nil where it has none.
  private func taught(_ batch: TuningBatch) -> [[Double]?] {
    var sums = [[Double]?](repeating: nil, count: batch.targets.count)
    var counts = [Double](repeating: 0, count: batch.targets.count)
    let tape = Tape.evaluation()
    for part in average.logits(batch.weak, tape: tape) {
      let said = tape.softmaxRows(part.logits).value
      let (values, classes) = (said.array, said.shape[1])
      for (row, clip) in part.clips.enumerated() {
        let own = values[row * classes..<(row + 1) * classes].map(Double.init)
        sums[clip] = sums[clip].map { zip($0, own).map { $0 + $1 } } ?? own
        counts[clip] += 1
      }
    }
    return zip(sums, counts).map { sum, count in sum.map { $0.map { $0 / count } } }
  }
}
