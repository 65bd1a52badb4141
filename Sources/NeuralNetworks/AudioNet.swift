import Autodiff
import ClipData
import TensorCore

/// A small residual network over log-mel spectrograms, [N, windows, bands, 1] as one-channel images: a strided
/// stem and three stages that each halve time and frequency, then the mean over time. Frequency is kept: where on the
/// scale something sounds tells sounds apart, and a mean over it would lose that.
package struct AudioNet {
  /// Places on the scale of frequency that are left of `LogMel.bands`.
  package static let bands = LogMel.bands / 16
  /// Channels of the result: those of the last stage at each of the places on the scale.
  package let channels: Int
  package let stem: ConvolutionLayer
  package let blocks: [BasicBlock]

  /// `prefix` ends in a dot or is empty.
  package init(prefix: String, width: Int, store: ParameterStore, seed: UInt64) {
    stem = ConvolutionLayer(
      convolution: prefix + "conv1", norm: prefix + "bn1", from: 1, to: width, kernel: 5,
      stride: 2, mode: .zeros, store: store, seed: seed)
    blocks = [(1, width, 2 * width), (2, 2 * width, 4 * width), (3, 4 * width, 4 * width)].map {
      stage, inputs, outputs in
      BasicBlock(
        prefix: "\(prefix)layer\(stage).0.", from: inputs, to: outputs, stride: 2, mode: .zeros,
        store: store, seed: seed)
    }
    channels = 4 * width * Self.bands
  }

  /// [N, windows, 64, 1] -> [N, channels], from the lowest place to the highest.
  package func callAsFunction(_ spectrograms: Variable, tape: Tape) -> Variable {
    let map = blocks.reduce(stem(spectrograms, tape: tape)) { $1($0, tape: tape) }
    return tape.rowMean(map)
  }
}
