import Autodiff
import Foundation
import NeuralNetworks
import Storage
import TensorCore
import TestSupport
import Testing

/// The image encoder against PyTorch's: `Goldens/encoder_goldens.py`.
@Suite struct EncoderGoldenTests {
  @Test(arguments: [16, 64], PaddingMode.allCases)
  func mapsAgreeWithPyTorch(width: Int, padding: PaddingMode) throws {
    let golden = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Goldens/encoder_goldens.safetensors").path
    let wanted = try SafetensorsFile(golden).tensor("\(width).\(padding.rawValue).map")
    let store = ParameterStore()
    let network = ResNet(prefix: "visual.", width: width, mode: padding, store: store, seed: 1)
    store.all.forEach(fillByFormula)
    let tape = Tape.evaluation()
    let map = network(tape.constant(formulaTensor("images", [2, 40, 56, 3])), tape: tape)
    #expect(map.shape == wanted.shape)
    #expect(relativeError(map.value.array, wanted.array.map(Double.init)) < 1e-4)
  }
}
