import Autodiff
import CKernels
import ClipData
import NeuralNetworks
import Storage
import TensorCore
import Training

/// What turns pictures and spectrograms into vectors: the image and the audio encoder of a model in evaluation mode, or
/// plain descriptors of colour and sound.
///
/// Safe to share between threads: nothing of it changes after loading.
package final class ClipEncoder: @unchecked Sendable {
  /// What the user called it.
  package let name: String
  /// The SHA-256 of the weights' file; empty where there is none.
  package let modelHash: String
  /// Values of a picture's vector, and of a sound's.
  package let videoChannels: Int
  package let audioChannels: Int
  /// Whether it has an audio encoder that was trained, or needs no training.
  package let hearsSound: Bool
  /// The same of its image encoder.
  package let seesPictures: Bool
  let logMel: LogMel
  /// Pixels of the shorter side of the frames that it was trained on; nil where that is not known.
  package let trainedSize: Int?
  /// nil where the model has no heads of the audio-visual objective.
  let shared: SharedSpace?
  private let sound: AudioNormalisation
  /// Its networks; nil for the plain descriptors.
  package let encoders: Encoders?

  /// The plain descriptors: the colours of 8×8 cells of a picture; the mean and the deviation over time of a sound's
  /// log-mel bands.
  init(pixels name: String) {
    self.name = name
    modelHash = ""
    videoChannels = Self.cells * Self.cells * 3
    audioChannels = 2 * LogMel.bands
    hearsSound = true
    seesPictures = true
    sound = .none
    logMel = LogMel()
    shared = nil
    trainedSize = nil
    encoders = nil
  }

  init(
    name: String, modelHash: String, encoders: Encoders, sound: AudioNormalisation,
    hearsSound: Bool, seesPictures: Bool = true, shared: SharedSpace? = nil,
    trainedSize: Int? = nil
  ) {
    self.seesPictures = seesPictures
    self.name = name
    self.modelHash = modelHash
    self.hearsSound = hearsSound
    self.shared = shared
    self.trainedSize = trainedSize
    videoChannels = encoders.visual.channels
    audioChannels = encoders.sound.channels
    self.sound = sound
    logMel = LogMel(sound)
    self.encoders = encoders
  }

  /// The same with the weights of `encoders`, which are of the same shape and stand in no file.
  package func with(_ encoders: Encoders) -> ClipEncoder {
    ClipEncoder(
      name: name, modelHash: "", encoders: encoders, sound: sound, hearsSound: hearsSound,
      seesPictures: seesPictures, trainedSize: trainedSize)
  }

  /// Cells along a side of the plain descriptor of a picture.
  private static let cells = 8

  /// The vectors of each image of a batch [N, H, W, 3], and of its change since the image before it.
  ///
  /// A vector is the feature map's mean over space; a change is the mean over space of the absolute difference
  /// between the two maps. `previous` is the last map of the batch before, of the same size, nil for zeros.
  /// With `changes` false the second result is empty.
  func encode(
    _ images: Tensor, changes: Bool, previous: Tensor?
  ) -> (vectors: [[Float]], changes: [[Float]], last: Tensor?) {
    let maps = maps(images)
    let (count, cells, channels) = (maps.shape[0], maps.shape[1], maps.shape[2])
    var vectors: [[Float]] = []
    var differences: [[Float]] = []
    maps.withData { maps in
      for index in 0..<count {
        let map = maps + index * cells * channels
        vectors.append(mean(map, cells, channels))
        guard changes else { continue }
        guard index > 0 || previous != nil else {
          differences.append([Float](repeating: 0, count: channels))
          continue
        }
        var change = [Float](repeating: 0, count: cells * channels)
        func subtract(_ before: UnsafePointer<Float>) {
          for place in change.indices { change[place] = abs(map[place] - before[place]) }
        }
        if index > 0 { subtract(map - cells * channels) } else { previous?.withData(subtract) }
        change.withUnsafeBufferPointer { change in
          if let base = change.baseAddress { differences.append(mean(base, cells, channels)) }
        }
      }
    }
    let last = changes && count > 0 ? maps.slice(count - 1..<count) : nil
    return (vectors, differences, last)
  }

  private func mean(_ map: UnsafePointer<Float>, _ cells: Int, _ channels: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: channels)
    pk_column_sums(cells, channels, map, &sums)
    return sums.map { Float($0 / Double(cells)) }
  }

  /// [N, H, W, 3] -> [N, cells, channels]; the plain descriptor has one cell of all its values.
  private func maps(_ images: Tensor) -> Tensor {
    guard let encoders else { return Self.colours(images) }
    let tape = Tape.evaluation()
    let map = encoders.visual(tape.constant(images), tape: tape).value
    return map.reshaped([map.shape[0], map.shape[1] * map.shape[2], map.shape[3]])
  }

  /// The mean colour of each cell, [N, 1, 8 · 8 · 3].
  private static func colours(_ images: Tensor) -> Tensor {
    let (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
    return .make([count, 1, cells * cells * 3]) { out in
      images.withData { images in
        for image in 0..<count {
          for cell in 0..<cells * cells {
            let rows = (cell / cells * height) / cells..<(cell / cells + 1) * height / cells
            let columns = (cell % cells * width) / cells..<(cell % cells + 1) * width / cells
            var sum = SIMD4<Float>()
            for y in rows {
              for x in columns {
                let pixel = images + ((image &* height &+ y) &* width &+ x) &* 3
                sum += SIMD4(pixel[0], pixel[1], pixel[2], 1)
              }
            }
            let target = out + (image * cells * cells + cell) * 3
            for channel in 0..<3 { target[channel] = sum[channel] / max(1, sum[3]) }
          }
        }
      }
    }
  }

  /// The vectors of spectrograms [N, windows, 64, 1].
  func encode(_ spectrograms: Tensor) -> [[Float]] {
    let count = spectrograms.shape[0]
    guard let encoders else {
      return (0..<count).map { index in Self.bands(spectrograms.slice(index..<index + 1)) }
    }
    let tape = Tape.evaluation()
    let values = encoders.sound(tape.constant(spectrograms), tape: tape).value.array
    return (0..<count).map {
      Array(values[$0 * audioChannels..<($0 + 1) * audioChannels])
    }
  }

  /// Mean and deviation over time of each band, [128].
  private static func bands(_ spectrogram: Tensor) -> [Float] {
    let (windows, bands) = (spectrogram.shape[1], spectrogram.shape[2])
    var sum = [Double](repeating: 0, count: bands)
    var squares = sum
    spectrogram.withData { pk_channel_sums(windows, bands, $0, &sum, &squares) }
    let means = sum.map { $0 / Double(windows) }
    let deviations = zip(squares, means).map { max(0, $0 / Double(windows) - $1 * $1).squareRoot() }
    return (means + deviations).map(Float.init)
  }
}

extension ModelSource {
  /// The encoders for clips. `random` and `seed` are those of an untrained network.
  package func clipEncoder(random: EncoderConfiguration, seed: UInt64) throws -> ClipEncoder {
    switch kind {
    case .pixels: return ClipEncoder(pixels: text)
    case .random:
      let store = ParameterStore()
      let encoders = Encoders(configuration: random, store: store, seed: seed)
      store.takePlainInitialisation()
      return ClipEncoder(
        name: text, modelHash: "", encoders: encoders, sound: .none, hearsSound: true)
    case .file(let weights, _):
      let store = ParameterStore()
      let encoders = Encoders(
        configuration: try configuration(random: random), store: store, seed: seed)
      let report = try ModelFile.load(weights, into: store)
      let missing = report.missing.filter { $0.hasPrefix("visual.") }
      guard missing.isEmpty else {
        throw EvaluationError(
          .badData,
          "\(weights): lacks \(missing.count) tensors of the image encoder (\(missing[0])...); give a "
            + "whole ResNet-18 state dict")
      }
      let run = try trainingConfiguration()
      let hasAudio = !report.missing.contains { $0.hasPrefix("audio.") }
      return ClipEncoder(
        name: text, modelHash: try FileDigest(of: weights).sha256, encoders: encoders,
        sound: run?.sound ?? .none,
        hearsSound: try hasAudio && hearsSound(), seesPictures: try seesPictures(),
        shared: try SharedSpace(
          weights, visual: encoders.visual.channels, sound: encoders.sound.channels),
        trainedSize: run?.clips.frameSize)
    }
  }
}
