import Autodiff
import ClipData
import NeuralNetworks
import Settings
import TensorCore

/// Sound alone: two stretches of one recording, each stretched, shifted and masked in its own way, must find each
/// other among those of other recordings. It needs no pictures, so that a folder of sound files will do.
package final class Sound: Objective {
  package static let name = "sound"
  package static let paper =
    "Saeed, Grangier, Zeghidour: Contrastive Learning of General-Purpose Audio Representations (COLA),"
    + " ICASSP 2021; Niizumi et al.: BYOL for Audio, IJCNN 2021; Park et al.: SpecAugment, Interspeech 2019"

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
      Self.settings, options, prefix: "heads.sound", inputs: dimensions.audio, store: store,
      teacher: teacher, seed: seed)
  }

  package var needs: BatchNeeds {
    BatchNeeds(views: 2, pictures: false, audio: true, changesSound: true, teacher: true)
  }

  package func loss(_ context: StepContext) -> ObjectiveResult {
    let batch = context.batch
    guard let sound = context.encoded.audio, let teacher = context.teacher?.audio, batch.views > 1
    else { preconditionFailure("sound needs the teacher's features of two views' sound") }
    let clips = Self.heard(batch)
    return contrast.loss(
      context.tape.gatherRows(sound, clips),
      teacher: context.tape.gatherRows(context.tape.constant(teacher.value), clips).value,
      clips: clips, batch, context.tape)
  }

  /// The clips of those videos of which every view is heard.
  private static func heard(_ batch: ClipBatch) -> [Int] {
    (0..<batch.clips).filter { clip in
      let first = clip - clip % batch.views
      return batch.hasAudio[first..<first + batch.views].allSatisfy { $0 }
    }
  }

  package func scorer() -> any HeldOutScorer {
    ViewScorer { [contrast] context in
      let clips = Self.heard(context.batch)
      guard let sound = context.encoded.audio, !clips.isEmpty else { return nil }
      let rows = contrast.embed(context.tape.gatherRows(sound, clips), context.tape)
      return (rows.value, clips)
    }
  }

  package var state: [String: Tensor] {
    get { contrast.state }
    set { contrast.state = newValue }
  }
}
