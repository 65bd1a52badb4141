import Autodiff
import ClipData
import NeuralNetworks
import Objectives
import TensorCore

/// The encoders and the heads of every objective, twice: the online model that gradients train and
/// its moving average, the teacher, which is what is evaluated and exported.
package final class PretrainingModel {
  package let online = ParameterStore()
  package let teacher = ParameterStore()
  package let dimensions: FeatureDimensions
  package let objectives: ObjectiveSet
  /// What a batch must hold for all the objectives together.
  package let needs: BatchNeeds

  private let encoders: Encoders
  private let teacherEncoders: Encoders
  private let seed: UInt64

  /// Makes a model with random weights, both copies alike.
  package init(_ configuration: TrainingConfiguration) {
    seed = configuration.seed
    encoders = Encoders(configuration: configuration.encoder, store: online, seed: seed)
    teacherEncoders = Encoders(configuration: configuration.encoder, store: teacher, seed: seed)
    dimensions = FeatureDimensions(
      visual: encoders.visual.channels, audio: encoders.sound.channels)
    objectives = ObjectiveSet(
      configuration.objectives, options: configuration.options, dimensions: dimensions,
      store: online, teacher: teacher, seed: seed)
    needs = objectives.needs
    encoders.visual.scaleResiduals(by: Float(configuration.residualGain))
    teacher.copyValues(from: online)
  }

  /// Encodes a batch once for all the objectives. Losses alone look at the momentum encoders' output, scores do not.
  package func context(_ batch: ClipBatch, tape: Tape, forLoss: Bool = true) -> StepContext {
    let encoded = encoders.encode(batch, tape: tape, audio: needs.audio)
    let pupils = objectives.members.map(\.objective.needs).filter(\.teacher)
    let averaged =
      forLoss && !pupils.isEmpty
      ? teacherEncoders.encode(
        batch, tape: .evaluation(), pictures: pupils.contains(where: \.pictures),
        audio: pupils.contains(where: \.audio)) : nil
    return StepContext(
      tape: tape, batch: batch, encoded: encoded, teacher: averaged, seed: seed)
  }

  /// Runs `body` with the averaged weights in the online model's place. Nothing that it does to the
  /// parameters or to the objectives' state lasts.
  package func withAveragedWeights<R>(_ body: () throws -> R) rethrows -> R {
    let kept = online.all.map(\.value)
    let state = objectives.state
    defer {
      for (parameter, value) in zip(online.all, kept) { parameter.value = value }
      objectives.state = state
    }
    online.copyValues(from: teacher)
    return try body()
  }

  /// What a forward pass changes besides the gradients: running statistics and queues.
  package struct Snapshot {
    fileprivate let buffers: [(parameter: Parameter, value: Tensor)]
    fileprivate let state: [String: Tensor]
  }

  package func snapshot() -> Snapshot {
    let buffers = (online.all + teacher.all).filter { $0.role == .buffer }
    return Snapshot(buffers: buffers.map { ($0, $0.value) }, state: objectives.state)
  }

  /// What of a snapshot holds a value that is not finite; nil where nothing does.
  package func firstNotFinite(in snapshot: Snapshot) -> String? {
    snapshot.buffers.first { !$0.value.isFinite }?.parameter.name
      ?? snapshot.state.sorted { $0.key < $1.key }.first { !$0.value.isFinite }?.key
  }

  /// Undoes a forward pass.
  package func restore(_ snapshot: Snapshot) {
    for (parameter, value) in snapshot.buffers { parameter.value = value }
    objectives.state = snapshot.state
  }
}
