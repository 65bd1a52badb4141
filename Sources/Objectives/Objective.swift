import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// What an objective needs a batch to hold.
package struct BatchNeeds: Sendable, Equatable {
  /// Clips a video: 2 where temporal positives are wanted.
  package var views = 1
  /// Whether clips must have pictures: without them a batch has sound alone.
  package var pictures = true
  package var audio = false
  /// Whether the sound of training clips is stretched, shifted and masked.
  package var changesSound = false
  /// Whether the momentum encoder must run on the views.
  package var teacher = false
  /// The fewest frames that a clip must have.
  package var frames = 1
  /// Whether clips end with another view of their first frame.
  package var returnView = false

  package init(
    views: Int = 1, pictures: Bool = true, audio: Bool = false, changesSound: Bool = false,
    teacher: Bool = false, frames: Int = 1, returnView: Bool = false
  ) {
    self.pictures = pictures
    self.changesSound = changesSound
    self.returnView = returnView
    self.frames = frames
    self.views = views
    self.audio = audio
    self.teacher = teacher
  }

  /// What serves both.
  package func union(_ other: BatchNeeds) -> BatchNeeds {
    BatchNeeds(
      views: max(views, other.views), pictures: pictures || other.pictures,
      audio: audio || other.audio,
      changesSound: changesSound || other.changesSound, teacher: teacher || other.teacher,
      frames: max(frames, other.frames),
      returnView: returnView || other.returnView)
  }
}

/// What an objective sees of one training step.
package struct StepContext {
  package let tape: Tape
  package let batch: ClipBatch
  /// The online encoders' output, with gradients.
  package let encoded: EncodedClips
  /// The momentum encoders' output on the same batch, without gradients; nil unless the loss of one
  /// objective needs it.
  package let teacher: EncodedClips?
  package let seed: UInt64

  package init(
    tape: Tape, batch: ClipBatch, encoded: EncodedClips, teacher: EncodedClips?, seed: UInt64
  ) {
    self.tape = tape
    self.batch = batch
    self.encoded = encoded
    self.teacher = teacher
    self.seed = seed
  }
}

/// A loss and what is worth logging beside it.
package struct ObjectiveResult {
  /// One element; nil when the batch held nothing for this objective (no sounding clip).
  package let loss: Variable?
  /// Name and value, as they are to appear in the metrics under the objective's name.
  package let metrics: [(name: String, value: Double)]

  package init(loss: Variable?, metrics: [(name: String, value: Double)]) {
    self.loss = loss
    self.metrics = metrics
  }
}

/// A self-supervised objective: one file that holds the type, its options, its loss and its held-out
/// score, and one line in `ObjectiveRegistry`.
package protocol Objective: AnyObject, SendableMetatype {
  /// The word on the command line and the prefix of its options, parameters and metrics.
  static var name: String { get }
  /// Authors, title, venue and year of the paper that it comes from.
  static var paper: String { get }
  /// Its settings, in the order in which `--help` lists them.
  static var options: [Option] { get }

  /// Those of its settings of which it makes no use beside the other `values`, and the one that is the cause as it is
  /// typed: `--temporal.method byol`. nil where it makes use of all.
  static func idleOptions(_ values: OptionValues) -> (options: [Option], cause: String)?

  /// Makes the heads in `store` under the prefix `heads.<name>.`.
  ///
  /// `teacher` is where the same heads of the momentum copy go: parameters of the same names in the same
  /// order, which the trainer moves towards the online ones.
  init(
    options: OptionValues, dimensions: FeatureDimensions, store: ParameterStore,
    teacher: ParameterStore, seed: UInt64)

  var needs: BatchNeeds { get }

  /// The loss of one step. Draws nothing that is not a function of (seed, step, clip). On a tape in
  /// training mode it moves `state` on by this step.
  func loss(_ context: StepContext) -> ObjectiveResult

  /// A new scorer for batches of held-out videos, encoded in evaluation mode.
  func scorer() -> any HeldOutScorer

  /// State besides the parameters that resuming exactly needs (queues), by name.
  var state: [String: Tensor] { get set }
}

extension Objective {
  package static func idleOptions(_ values: OptionValues) -> (options: [Option], cause: String)? {
    nil
  }
}
