import ClipData
import NeuralNetworks

/// The words of `--preset`: how large the encoders and their inputs are, and how long a run is when
/// nothing is said of it.
package enum Preset: String, CaseIterable {
  case tiny, small, resnet18

  /// Channels of the image encoder's first stage.
  package var width: Int {
    switch self {
    case .tiny: 16
    case .small: 32
    case .resnet18: 64
    }
  }

  /// Channels of the audio encoder's first stage.
  package var audioWidth: Int {
    switch self {
    case .tiny: 16
    case .small: 16
    case .resnet18: 32
    }
  }

  /// Pixels of one side of a patch.
  package var patch: Int { self == .resnet18 ? 64 : 32 }

  /// Pixels of one side of a whole frame, for dense nodes: 8×8 nodes, or 16×16.
  package var size: Int { self == .tiny ? 64 : 128 }

  /// Videos a step.
  package var batch: Int { 16 }

  package var steps: Int {
    switch self {
    case .tiny: 1_000
    case .small: 5_000
    case .resnet18: 20_000
    }
  }
}
