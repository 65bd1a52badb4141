import Autodiff
import ClipData
import Foundation
import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import TestSupport
import Testing

/// One training step of the walk through the whole encoder against PyTorch's, edge dropout off: the loss and
/// every gradient. The golden is the encoder's, `NeuralNetworksTests/Goldens/encoder_goldens.py`.
@Suite struct WalkStepGoldenTests {
  @Test(arguments: [16, 64], PaddingMode.allCases)
  func lossAndGradientsAgreeWithPyTorch(width: Int, padding: PaddingMode) throws {
    try Convolution.$usesWinograd.withValue(false) {
      try compare(width: width, padding: padding, bound: 1e-3)
    }
  }

  /// Winograd's rounding, some 1e-6 of the largest value, decides a few ReLUs in a million the other way, and
  /// one decision among the some 1e5 of a layer moves a gradient by about 1e-3 of its norm.
  @Test(arguments: [16, 64], PaddingMode.allCases)
  func winogradStaysWithinItsRounding(width: Int, padding: PaddingMode) throws {
    try compare(width: width, padding: padding, bound: 5e-3)
  }

  private func compare(width: Int, padding: PaddingMode, bound: Double) throws {
    let golden = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "NeuralNetworksTests/Goldens/encoder_goldens.safetensors").path)
    let name = "\(width).\(padding.rawValue)"
    let store = ParameterStore()
    let encoders = Encoders(
      configuration: EncoderConfiguration(width: width, padding: padding, audioWidth: 16),
      store: store, seed: 1)
    var options = OptionValues()
    options["walk.edge-dropout"] = .double(0)
    options["walk.home"] = .string("frame")
    let walk = Walk(
      options: options,
      dimensions: FeatureDimensions(
        visual: encoders.visual.channels, audio: encoders.sound.channels),
      store: store, teacher: ParameterStore(), seed: 1)
    store.all.forEach(fillByFormula)
    let batch = ClipBatch(
      step: 0, views: 1, frames: 4, layout: .patches(side: 3, patch: 32),
      images: formulaTensor("patches", [36, 32, 32, 3]), videos: [0], times: [0], audio: nil,
      hasAudio: [false])
    let tape = Tape()
    let encoded = encoders.encode(batch, tape: tape, audio: false)
    let result = walk.loss(
      StepContext(tape: tape, batch: batch, encoded: encoded, teacher: nil, seed: 1))
    let loss = try #require(result.loss)
    let wanted = Double(try golden.tensor(name + ".loss").scalar)
    #expect(isClose(Double(loss.value.scalar), wanted, absolute: 0, relative: 1e-3))

    tape.backward(from: loss)
    var compared = 0
    for parameter in store.trained where !parameter.name.hasPrefix("audio.") {
      let gradient = try #require(tape.gradient(of: parameter), "\(parameter.name)")
      let wanted = try golden.tensor("\(name).gradient.\(parameter.name)").array.map(Double.init)
      let got = gradient.shape.rank == 4 ? toOIHW(gradient) : gradient.array
      let error =
        wanted.count == got.count && name == "16.zeros"
        ? relativeError(got, wanted) : projectedError(got, wanted)
      #expect(error < bound, "\(parameter.name): \(error)")
      compared += 1
    }
    #expect(compared == 47)
  }

  /// The error of a gradient known by its norm and by its dot products with the formula's numbers.
  ///
  /// A dot product with n numbers in -1...1 is about norm × √(1/3), so its error is counted against the norm.
  private func projectedError(_ got: [Float], _ wanted: [Double]) -> Double {
    let norm = got.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let dots = (0..<7).map { index in
      zip(formulaNumbers("dot \(index)", got.count), got).reduce(0.0) { $0 + $1.0 * Double($1.1) }
    }
    return zip([norm] + dots, wanted).map { abs($0 - $1) }.max().map { $0 / wanted[0] } ?? .infinity
  }
}
