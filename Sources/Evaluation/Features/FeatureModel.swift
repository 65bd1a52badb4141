import Autodiff
import CKernels
import ClipData
import NeuralNetworks
import TensorCore

/// What turns a frame into features on a grid of 8×8 pixels: the image encoder, or the pixels themselves.
package final class FeatureModel {
  /// Which of the encoder's maps are used; both have the same grid.
  package enum Layers: String, Sendable, CaseIterable {
    case layer3, layer2
    case both = "layer2+layer3"
  }

  /// Pixels of a side of a cell.
  package static let stride = 8

  /// What the user called it.
  package let name: String
  private let encoder: ResNet?
  /// What the encoder is; nil for the pixels.
  let configuration: EncoderConfiguration?
  private let store: ParameterStore

  /// The encoder of `configuration` with its random weights; `store` takes them for a loader to replace.
  init(name: String, configuration: EncoderConfiguration, seed: UInt64) {
    self.name = name
    self.configuration = configuration
    store = ParameterStore()
    encoder = ResNet(
      prefix: "visual.", width: configuration.width, mode: configuration.padding, store: store,
      seed: seed)
  }

  /// The raw colours: every pixel of a cell, normalised as the encoder's input.
  init(pixels name: String) {
    self.name = name
    store = ParameterStore()
    encoder = nil
    configuration = nil
  }

  var parameters: ParameterStore { store }

  /// The weights and statistics as they are, to come back to with `restore`.
  package func snapshot() -> [Tensor] { store.all.map(\.value) }

  package func restore(_ values: [Tensor]) {
    for (parameter, value) in zip(store.all, values) { parameter.value = value }
  }

  /// The maps [rows, columns, channels] of a frame of `height * width * 3` RGB bytes. Its size may be any:
  /// the grid has ⌈height/8⌉ × ⌈width/8⌉ cells, the picture's last row and column continued to fill them.
  package func maps(
    of pixels: [UInt8], width: Int, height: Int, layers: Layers = .layer3
  ) -> [Tensor] {
    let image = Self.image(pixels, width: width, height: height)
    guard let encoder else { return [Self.cells(of: image)] }
    let tape = Tape.evaluation()
    let stages = encoder.stages(tape.constant(image), tape: tape)
    let wanted =
      switch layers {
      case .layer3: [stages[2]]
      case .layer2: [stages[1]]
      case .both: [stages[1], stages[2]]
      }
    return wanted.map { map in
      map.value.reshaped([map.shape[1], map.shape[2], map.shape[3]])
    }
  }

  /// Throws where frames under `grid`, those of `path`, are too small: an encoder that mirrors its maps at the
  /// border needs two cells a side.
  package func check(_ grid: GridGeometry, of path: String) throws(EvaluationError) {
    guard configuration?.padding == .reflect, min(grid.rows, grid.columns) < 2 else { return }
    let isLargeEnough = min(grid.width, grid.height) > Self.stride
    throw EvaluationError(
      .badData,
      "\(path): its frames, seen at \(grid.modelWidth)x\(grid.modelHeight), are too small for \(name), which "
        + "needs more than \(Self.stride) pixels a side; "
        + (isLargeEnough ? "raise --height" : "scale them up"))
  }

  /// See `ParameterStore.takePlainInitialisation`.
  func takePlainInitialisation() { store.takePlainInitialisation() }

  /// Takes the statistics of batch normalisation from this frame instead of the stored ones, which a
  /// network that has seen no data, or other data, does not have.
  package func takeStatistics(of pixels: [UInt8], width: Int, height: Int) {
    guard let encoder else { return }
    let image = Self.image(pixels, width: width, height: height)
    let buffers = store.all.filter { $0.role == .buffer }
    // Of statistics that begin at 0, one pass leaves the frame's own times the momentum.
    for buffer in buffers { buffer.value = .zeros(buffer.value.shape) }
    let tape = Tape(recording: false, training: true)
    _ = encoder(tape.constant(image), tape: tape)
    for buffer in buffers { buffer.value.scale(1 / BatchNormParameters.customaryMomentum) }
  }

  /// The normalised picture [1, 8⌈height/8⌉, 8⌈width/8⌉, 3].
  private static func image(_ pixels: [UInt8], width: Int, height: Int) -> Tensor {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "a frame of \(pixels.count) bytes is not \(width)x\(height) RGB")
    let (rows, columns) = (cellCount(height) * stride, cellCount(width) * stride)
    let tables = NormalisedColours.tables
    return .make([1, rows, columns, 3]) { out in
      pixels.withUnsafeBufferPointer { source in
        nonisolated(unsafe) let source = source
        parallelFor(rows) { y in
          let from = min(y, height - 1) * width * 3
          var to = out + y * columns * 3
          for x in 0..<columns {
            let pixel = from &+ min(x, width &- 1) &* 3
            for c in 0..<3 { to[c] = tables[c][Int(source[pixel &+ c])] }
            to += 3
          }
        }
      }
    }
  }

  /// Cells along a side of `pixels`.
  package static func cellCount(_ pixels: Int) -> Int { (pixels + stride - 1) / stride }

  /// [1, 8h, 8w, 3] -> [h, w, 192].
  private static func cells(of image: Tensor) -> Tensor {
    let (rows, columns) = (image.shape[1] / stride, image.shape[2] / stride)
    let run = stride * 3
    return .make([rows, columns, stride * run]) { out in
      image.withData { source in
        for y in 0..<rows * stride {
          for x in 0..<columns {
            let cell = (y / stride * columns + x) * stride * run
            (out + cell + y % stride * run)
              .update(from: source + (y * columns + x) * run, count: run)
          }
        }
      }
    }
  }
}
