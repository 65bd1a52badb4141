import Autodiff
import Foundation
import NeuralNetworks
import TensorCore

/// Learning rates that fall from the heads to the first layer (Howard, Ruder, "Universal language model fine-tuning for
/// text classification", ACL 2018; Clark et al., "ELECTRA", ICLR 2020): what is near the input serves every task and
/// moves least.
package struct LayerRates {
  /// Parameters that share a rate, and the share of the full rate that this is.
  package let groups: [(parameters: [Parameter], share: Double)]

  /// The heads have the whole rate, the layer below them `decay` of it, the next one its square, and so on, in each
  /// encoder by itself. A layer is the stem or a residual block.
  package init(_ encoders: Encoders, heads: [Parameter], decay: Double) {
    var groups: [(parameters: [Parameter], share: Double)] = [(heads, 1)]
    for (stem, blocks) in [
      (encoders.visual.stem, encoders.visual.blocks), (encoders.sound.stem, encoders.sound.blocks),
    ] {
      let layers = [stem.trained] + blocks.map(\.trained)
      for (place, parameters) in layers.enumerated() {
        groups.append((parameters, pow(decay, Double(layers.count - place))))
      }
    }
    self.groups = groups
  }

  /// Moves every group at its share of `rate`.
  func step(
    _ optimiser: any Optimiser, gradient: (Parameter) -> Tensor?, gradientScale: Float, rate: Double
  ) {
    for group in groups {
      optimiser.step(
        group.parameters, gradients: group.parameters.map(gradient), gradientScale: gradientScale,
        learningRate: rate * group.share)
    }
  }
}

extension ConvolutionLayer {
  fileprivate var trained: [Parameter] { [weight, norm.scale, norm.shift] }
}

extension BasicBlock {
  fileprivate var trained: [Parameter] {
    first.trained + second.trained + (shortcut?.trained ?? [])
  }
}
