import ClipData
import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

/// Against Goldens/clipdata.safetensors, which Goldens/make_goldens.py makes with PyTorch and NumPy.
@Suite struct GoldenTests {
  private let golden: SafetensorsFile

  init() throws {
    let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    golden = try SafetensorsFile(here.appendingPathComponent("Goldens/clipdata.safetensors").path)
  }

  private func worst(_ got: [Float], _ wanted: [Float]) -> Float {
    zip(got, wanted).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  private func resample(_ box: Box, _ size: Int, mirrored: Bool = false) throws -> [Float] {
    let frame = try golden.tensor("frame")
    let bytes = frame.array.map { UInt8($0) }
    let plain = ColourMap(matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], bias: [0, 0, 0])
    return Tensor.make([size, size, 3]) { out in
      bytes.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        FrameResampler.resample(
          base, width: frame.shape[1], height: frame.shape[0], box: box, mirrored: mirrored,
          size: size, colours: plain, out)
      }
    }.array
  }

  @Test(arguments: [8, 20, 37, 64]) func wholeFrameAsInTorch(size: Int) throws {
    let frame = try golden.tensor("frame")
    let box = Box(
      x: 0, y: 0, width: Double(frame.shape[1]), height: Double(frame.shape[0]))
    let wanted = try golden.tensor("whole.\(size)").array
    #expect(worst(try resample(box, size), wanted) < 1e-3)
    // The mirror image has the same values in reverse order along each row.
    let mirrored = Tensor(try resample(box, size, mirrored: true), [size, size, 3]).array
    for row in 0..<size {
      for column in 0..<size {
        let here = (row * size + column) * 3
        let there = (row * size + size - 1 - column) * 3
        #expect(worst(Array(mirrored[here..<here + 3]), Array(wanted[there..<there + 3])) < 1e-3)
      }
    }
  }

  @Test(arguments: [12, 40]) func boxBetweenPixels(size: Int) throws {
    let box = Box(x: 10.3, y: 4.6, width: 31.7, height: 25.2)
    #expect(worst(try resample(box, size), try golden.tensor("box.\(size)").array) < 1e-3)
  }

  @Test func boxesBeyondTheFrameStayFinite() throws {
    for box in [
      Box(x: -9, y: -9, width: 80, height: 80), Box(x: 200, y: 3, width: 5, height: 0.2),
      Box(x: -50, y: -50, width: 3, height: 3),
    ] {
      #expect(try resample(box, 9).allSatisfy { $0 >= -1e-3 && $0 <= 255.001 })
    }
  }

  @Test func logMelAsInNumPy() throws {
    let sound = try golden.tensor("sound").array
    let wanted = try golden.tensor("logmel")
    let got = LogMel().spectrogram(sound)
    #expect(got.shape == wanted.shape)
    #expect(worst(got.array, wanted.array) < 2e-3)
    #expect(LogMel().spectrogram([Float](repeating: 0, count: 399)).count == 0)
  }

  @Test func normalisationIsApplied() throws {
    let sound = try golden.tensor("sound").array
    let plain = LogMel().spectrogram(sound).array
    let mean = (0..<64).map { Float($0) / 10 }
    let scale = (0..<64).map { 1 + Float($0) / 64 }
    let got = LogMel(AudioNormalisation(mean: mean, scale: scale)).spectrogram(sound).array
    for index in got.indices {
      let band = index % 64
      #expect(abs(got[index] - (plain[index] - mean[band]) * scale[band]) < 1e-4)
    }
  }
}
