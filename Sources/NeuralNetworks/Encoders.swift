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

  /// Runs each encoder once over a batch. `pictures` and `audio` say what is wanted: of clips in which nothing is heard
  /// the features are zeros.
  package func encode(
    _ batch: ClipBatch, tape: Tape, pictures: Bool = true, audio: Bool
  ) -> EncodedClips {
    let heard = audio ? batch.audio.map { encodeHeard($0, batch.hasAudio, tape) } : nil
    guard pictures, batch.hasPictures else {
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

  /// Silent clips never enter the network: their zeros would become part of its batch statistics.
  private func encodeHeard(_ spectrograms: Tensor, _ hasAudio: [Bool], _ tape: Tape) -> Variable {
    let clips = hasAudio.indices.filter { hasAudio[$0] }
    guard clips.count < hasAudio.count else {
      return sound(tape.constant(spectrograms), tape: tape)
    }
    guard !clips.isEmpty else {
      return tape.constant(.zeros([hasAudio.count, sound.channels]))
    }
    let features = sound(tape.gatherRows(tape.constant(spectrograms), clips), tape: tape)
    let zeros = tape.constant(.zeros([1, features.shape[1]]))
    var places = [Int](repeating: clips.count, count: hasAudio.count)
    for (place, clip) in clips.enumerated() { places[clip] = place }
    return tape.gatherRows(tape.concatRows([features, zeros]), places)
  }
}
