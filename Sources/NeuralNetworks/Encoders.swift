import Autodiff
import ClipData
import TensorCore

/// What the encoders are, as `config.json` records it.
package struct EncoderConfiguration: Sendable, Codable, Hashable {
  /// Channels of the first stage; 64 is torchvision's ResNet-18.
  package var width: Int
  package var padding: PaddingMode
  /// Channels of the audio network's first stage.
  package var audioWidth: Int

  package init(width: Int, padding: PaddingMode = .zeros, audioWidth: Int) {
    self.width = width
    self.padding = padding
    self.audioWidth = audioWidth
  }
}

/// The image and the audio encoder: `visual.` and `audio.` in the model file.
package struct Encoders {
  package let configuration: EncoderConfiguration
  package let visual: ResNet
  package let sound: AudioNet
  /// Where their parameters are, perhaps among others.
  package let store: ParameterStore

  package init(configuration: EncoderConfiguration, store: ParameterStore, seed: UInt64) {
    self.configuration = configuration
    self.store = store
    visual = ResNet(
      prefix: "visual.", width: configuration.width, mode: configuration.padding, store: store,
      seed: seed)
    sound = AudioNet(
      prefix: "audio.", width: configuration.audioWidth, store: store, seed: seed)
  }

  /// Runs each encoder once over a batch. `audio` says whether the sound is wanted.
  package func encode(_ batch: ClipBatch, tape: Tape, audio: Bool) -> EncodedClips {
    let spectrograms = audio ? batch.audio : nil
    let heard = spectrograms.map { sound(tape.constant($0), tape: tape) }
    guard batch.hasPictures else {
      let nothing = tape.constant(.zeros([0, visual.channels]))
      return EncodedClips(
        clips: batch.clips, looks: 0, grid: (0, 0), nodes: nothing, pooled: nothing, audio: heard)
    }
    let map = visual(tape.constant(batch.images), tape: tape)
    let looks = batch.clips * batch.looks
    let nodes: Variable
    let grid: (rows: Int, columns: Int)
    switch batch.layout {
    case .patches(let side, _):
      grid = (side, side)
      nodes = tape.spatialMean(map)
    case .dense:
      grid = (map.shape[1], map.shape[2])
      nodes = tape.reshape(map, [looks * grid.rows * grid.columns, map.shape[3]])
    }
    return EncodedClips(
      clips: batch.clips, looks: batch.looks, grid: grid, nodes: nodes,
      pooled: tape.meanGroups(nodes, size: batch.looks * grid.rows * grid.columns),
      audio: heard)
  }
}
