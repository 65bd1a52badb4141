import Autodiff
import TensorCore

/// ResNet-18 (He et al. 2016) cut after its third stage, at stride 8: the encoder of the contrastive random
/// walk, whose third stage keeps the second one's resolution. Names are torchvision's.
package struct ResNet {
  /// Channels of the result.
  package let channels: Int
  package let stem: ConvolutionLayer
  /// Two for each of the three stages.
  package let blocks: [BasicBlock]
  /// The maximum behind the stem.
  package static let pool = (size: 3, stride: 2, padding: 1)

  /// `prefix` ends in a dot or is empty. A width of 64 is torchvision's own.
  package init(
    prefix: String, width: Int, inputs: Int = 3, mode: PaddingMode, store: ParameterStore,
    seed: UInt64
  ) {
    stem = ConvolutionLayer(
      convolution: prefix + "conv1", norm: prefix + "bn1", from: inputs, to: width, kernel: 7,
      stride: 2, mode: mode, store: store, seed: seed)
    let stages = [(1, width, width, 1), (2, width, 2 * width, 2), (3, 2 * width, 4 * width, 1)]
    blocks = stages.flatMap { stage, inputs, outputs, stride in
      (0..<2).map { index in
        BasicBlock(
          prefix: "\(prefix)layer\(stage).\(index).", from: index == 0 ? inputs : outputs,
          to: outputs, stride: index == 0 ? stride : 1, mode: mode, store: store, seed: seed)
      }
    }
    channels = 4 * width
  }

  /// Starts every block's second normalisation with this factor: at 0 a block is its shortcut alone (Goyal et
  /// al. 2017), so that a fresh network sees little more than a cell's own surroundings.
  package func scaleResiduals(by factor: Float) {
    for block in blocks { block.scaleResidual(by: factor) }
  }

  /// [N, H, W, 3] -> [N, ⌈H/8⌉, ⌈W/8⌉, channels].
  package func callAsFunction(_ images: Variable, tape: Tape) -> Variable {
    stages(images, tape: tape)[2]
  }

  /// The results of the three stages: width channels at stride 4, twice and four times as many at stride 8.
  package func stages(_ images: Variable, tape: Tape) -> [Variable] {
    var x = stem(images, tape: tape, pool: Self.pool)
    return stride(from: 0, to: blocks.count, by: 2).map { first in
      x = blocks[first + 1](blocks[first](x, tape: tape), tape: tape)
      return x
    }
  }
}

/// Two 3×3 convolutions around a shortcut, which is a 1×1 convolution where the shape changes.
package struct BasicBlock {
  package let first, second: ConvolutionLayer
  package let shortcut: ConvolutionLayer?

  init(
    prefix: String, from inputs: Int, to outputs: Int, stride: Int, mode: PaddingMode,
    store: ParameterStore, seed: UInt64
  ) {
    first = ConvolutionLayer(
      convolution: prefix + "conv1", norm: prefix + "bn1", from: inputs, to: outputs, kernel: 3,
      stride: stride, mode: mode, store: store, seed: seed)
    second = ConvolutionLayer(
      convolution: prefix + "conv2", norm: prefix + "bn2", from: outputs, to: outputs, kernel: 3,
      stride: 1, mode: mode, store: store, seed: seed)
    shortcut =
      inputs == outputs && stride == 1
      ? nil
      : ConvolutionLayer(
        convolution: prefix + "downsample.0", norm: prefix + "downsample.1", from: inputs,
        to: outputs, kernel: 1, stride: stride, mode: mode, store: store, seed: seed)
  }

  func scaleResidual(by factor: Float) { second.scaleNorm(by: factor) }

  func callAsFunction(_ x: Variable, tape: Tape) -> Variable {
    let identity = shortcut.map { $0(x, tape: tape, relu: false) } ?? x
    return second(first(x, tape: tape), tape: tape, residual: identity)
  }
}
