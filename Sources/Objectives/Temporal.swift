import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// Temporal positives: two clips of one video at different times must find each other among clips of
/// other videos.
package final class Temporal: Objective {
  package static let name = "temporal"
  package static let paper =
    "Gordon, Ehsani, Fox, Farhadi: Watching the World Go By (VINCE), 2020; Purushwalkam, Gupta:"
    + " Demystifying Contrastive Self-Supervised Learning, NeurIPS 2020; He et al.: Momentum Contrast,"
    + " CVPR 2020; Grill et al.: Bootstrap Your Own Latent, NeurIPS 2020"

  private static let settings = ViewContrastSettings(name)
  package static let options = settings.all
  package static func idleOptions(_ values: OptionValues) -> (options: [Option], cause: String)? {
    settings.idle(values)
  }

  private var contrast: ViewContrast

  package init(
    options: OptionValues, dimensions: FeatureDimensions, store: ParameterStore,
    teacher: ParameterStore, seed: UInt64
  ) {
    contrast = ViewContrast(
      Self.settings, options, prefix: "heads.temporal", inputs: dimensions.visual, store: store,
      teacher: teacher, seed: seed)
  }

  package var needs: BatchNeeds { BatchNeeds(views: 2, teacher: true) }

  package func loss(_ context: StepContext) -> ObjectiveResult {
    guard let teacher = context.teacher, context.batch.views > 1 else {
      preconditionFailure("temporal needs the teacher's features of two views")
    }
    return contrast.loss(
      context.encoded.pooled, teacher: teacher.pooled.value,
      clips: Array(0..<context.batch.clips), context.batch, context.tape)
  }

  package func scorer() -> any HeldOutScorer {
    ViewScorer { [contrast] context in
      (
        contrast.embed(context.encoded.pooled, context.tape).value,
        Array(0..<context.batch.clips)
      )
    }
  }

  package var state: [String: Tensor] {
    get { contrast.state }
    set { contrast.state = newValue }
  }
}
