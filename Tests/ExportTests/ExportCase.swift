import Autodiff
import ClipData
import Export
import Foundation
import NeuralNetworks
import Storage
import TensorCore
import TestSupport

/// A small model filled by the formula, an input of odd size, and what our own encoders make of it.
struct ExportCase {
  let model: ExportedModel
  private let encoders: Encoders
  /// [frames, height, width, 3], whole numbers of 0...255.
  let frames: Tensor
  /// [sounds, samples] in -1...1.
  let sounds: Tensor

  init(_ padding: PaddingMode) {
    let store = ParameterStore()
    encoders = Encoders(
      configuration: EncoderConfiguration(width: 3, padding: padding, audioWidth: 2), store: store,
      seed: 1)
    store.all.forEach(fillByFormula)
    let normalisation = AudioNormalisation(
      mean: formulaNumbers("mean", LogMel.bands).map { Float(-4 + $0) },
      scale: formulaNumbers("scale", LogMel.bands).map { Float(0.5 + 0.2 * $0) })
    let widths = ["image": encoders.visual.channels, "audio": encoders.sound.channels]
    let heads = ["image", "audio"].flatMap { modality -> [(name: String, tensor: Tensor)] in
      let own = ParameterStore()
      _ = ProjectionHead(
        own, "heads.av.\(modality)",
        inputs: widths[modality] ?? 0,
        hidden: 5, outputs: 4, batchNorm: true, seed: 1)
      own.all.forEach(fillByFormula)
      return ModelFile.tensors(of: own)
    }
    model = ExportedModel(encoders, store: store, normalisation: normalisation, heads: heads)
    let bytes = formulaNumbers("bytes", 3 * 37 * 51 * 3).map {
      Float(((($0 + 1) * 128)).rounded(.down))
    }
    frames = Tensor(bytes, [3, 37, 51, 3])
    sounds = formulaTensor("sound", [2, 4321])
  }

  /// The feature map of the frames, NHWC.
  var map: Tensor {
    let pixels = frames.array.enumerated().map { index, value in
      (value / 255 - ColourMap.mean[index % 3]) / ColourMap.deviation[index % 3]
    }
    let tape = Tape.evaluation()
    return encoders.visual(tape.constant(Tensor(pixels, frames.shape)), tape: tape).value
  }

  /// The pooled features of the sounds, [sounds, channels].
  var pooledSounds: Tensor {
    let (count, samples) = (sounds.shape[0], sounds.shape[1])
    let logMel = LogMel(model.normalisation)
    let all = sounds.array
    let rows = (0..<count).map {
      logMel.spectrogram(Array(all[$0 * samples..<($0 + 1) * samples]))
    }
    let windows = rows[0].shape[0]
    let stacked = Tensor(rows.flatMap(\.array), [count, windows, LogMel.bands, 1])
    let tape = Tape.evaluation()
    return encoders.sound(tape.constant(stacked), tape: tape).value
  }

  /// The mean over each image's cells, [images, channels].
  static func pooled(_ map: Tensor) -> [[Double]] {
    let (images, cells, channels) = (map.shape[0], map.shape[1] * map.shape[2], map.shape[3])
    let values = map.array
    return (0..<images).map { image in
      (0..<channels).map { channel in
        (0..<cells).reduce(0.0) {
          $0 + Double(values[(image * cells + $1) * channels + channel])
        } / Double(cells)
      }
    }
  }

  /// Writes both forms of the export, the inputs and our own results to a folder.
  func write(to folder: String) throws {
    try AtomicFile.write(
      OnnxEncoders.image(model, producerVersion: "test"), to: folder + "/image.onnx")
    if let audio = OnnxEncoders.audio(model, producerVersion: "test") {
      try AtomicFile.write(audio, to: folder + "/audio.onnx")
    }
    try TorchFolder.write(model, to: folder + "/torch")
    try Safetensors.write(
      [("frames", frames), ("sounds", sounds), ("map", map), ("pooled", pooledSounds)],
      to: folder + "/ours.safetensors")
  }
}
