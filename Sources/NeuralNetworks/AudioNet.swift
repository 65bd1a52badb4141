import Autodiff
import TensorCore

/// A small residual network over log-mel spectrograms, [N, windows, bands, 1] as one-channel images: a strided
/// stem and three stages that each halve time and frequency, then the mean over both.
package struct AudioNet {
  /// Channels of the result.
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
    channels = 4 * width
  }

  /// [N, windows, bands, 1] -> [N, channels].
  package func callAsFunction(_ spectrograms: Variable, tape: Tape) -> Variable {
    let map = blocks.reduce(stem(spectrograms, tape: tape)) { $1($0, tape: tape) }
    return tape.spatialMean(map)
  }
}
