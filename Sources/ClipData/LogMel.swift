import CKernels
import Foundation
import TensorCore

/// The log-mel spectrogram of 16 kHz mono sound: 25 ms Hann windows every 10 ms, a 512-point DFT, power,
/// 64 triangular bands on HTK's mel scale from 60 Hz to 7800 Hz, log(x + 1e-6). Two matrix products.
///
/// The lowest frequency keeps every band wider than a bin of the DFT (31.25 Hz), so that no band is empty.
package struct LogMel: Sendable {
  /// Samples of a window, between windows, and of the DFT.
  package static let window = 400
  package static let hop = 160
  package static let size = 512
  package static let bands = 64
  package static let bins = size / 2 + 1
  /// What is added before the logarithm.
  package static let floor: Float = 1e-6
  /// Hertz where the lowest band begins and the highest ends.
  package static let lowest = 60.0
  package static let highest = 7800.0

  /// The windowed DFT, [window, 2 · bins]: cosines, then sines.
  package let dft: [Float]
  /// The bands, [bins, bands].
  package let mel: [Float]
  private let normalisation: AudioNormalisation

  package init(_ normalisation: AudioNormalisation = .none) {
    self.normalisation = normalisation
    dft = MelBank.windowedDFT(window: Self.window, size: Self.size)
    mel = MelBank.triangles(
      bands: Self.bands, size: Self.size, rate: Double(ClipSettings.audioRate),
      lowest: Self.lowest, highest: Self.highest)
  }

  /// Windows of a stretch of about `seconds`: a multiple of 16, at least 16, for networks that halve.
  package static func windows(seconds: Double) -> Int {
    max(1, Int((seconds * 100 / 16).rounded())) * 16
  }

  /// Samples that `windows` windows cover.
  package static func samples(windows: Int) -> Int { window + (windows - 1) * hop }

  /// Writes the spectrogram of `samples(windows:)` samples to `out`, [windows, 64], normalised per band.
  package func spectrogram(
    _ sound: UnsafePointer<Float>, windows: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    let bins = Self.bins
    withUnsafeTemporaryAllocation(of: Float.self, capacity: windows * (Self.window + 2 * bins)) {
      scratch in
      guard let framed = scratch.baseAddress else { return }
      let spectrum = framed + windows * Self.window
      for row in 0..<windows {
        (framed + row * Self.window).update(from: sound + row * Self.hop, count: Self.window)
      }
      dft.withUnsafeBufferPointer { dft in
        guard let dft = dft.baseAddress else { return }
        gemm(
          windows, 2 * bins, Self.window, framed, lda: Self.window, dft, ldb: 2 * bins, spectrum,
          ldc: 2 * bins)
      }
      // The power takes the place of the cosines; rows keep their stride.
      for row in 0..<windows {
        let real = spectrum + row * 2 * bins
        let imaginary = real + bins
        for bin in 0..<bins {
          real[bin] = real[bin] * real[bin] + imaginary[bin] * imaginary[bin]
        }
      }
      mel.withUnsafeBufferPointer { mel in
        guard let mel = mel.baseAddress else { return }
        gemm(
          windows, Self.bands, bins, spectrum, lda: 2 * bins, mel, ldb: Self.bands, out,
          ldc: Self.bands)
      }
      for row in 0..<windows {
        let line = out + row * Self.bands
        for band in 0..<Self.bands {
          line[band] =
            (log(max(line[band], 0) + Self.floor) - normalisation.mean[band])
            * normalisation.scale[band]
        }
      }
    }
  }

  /// The spectrogram of `sound`, [windows, 64], for as many windows as fit; empty below one window.
  package func spectrogram(_ sound: [Float]) -> Tensor {
    let windows = sound.count < Self.window ? 0 : (sound.count - Self.window) / Self.hop + 1
    return .make([windows, Self.bands]) { out in
      sound.withUnsafeBufferPointer { sound in
        guard windows > 0, let sound = sound.baseAddress else { return }
        spectrogram(sound, windows: windows, out)
      }
    }
  }
}

/// The mean of each band's log-mel over the training videos and one over its standard deviation, so that
/// networks see values around 0 with a spread of 1. Belongs into `config.json`: a model needs its own.
package struct AudioNormalisation: Sendable, Codable, Hashable {
  /// 64 each.
  package var mean: [Float]
  package var scale: [Float]

  /// Whether there is a finite mean and scale for every band, which a file need not have.
  package var isComplete: Bool {
    mean.count == LogMel.bands && scale.count == LogMel.bands
      && (mean + scale).allSatisfy(\.isFinite)
  }

  package init(mean: [Float], scale: [Float]) {
    precondition(
      mean.count == LogMel.bands && scale.count == LogMel.bands,
      "\(mean.count) means and \(scale.count) scales for \(LogMel.bands) bands")
    self.mean = mean
    self.scale = scale
  }

  /// Leaves the log-mel as it is.
  package static let none = AudioNormalisation(
    mean: .init(repeating: 0, count: LogMel.bands), scale: .init(repeating: 1, count: LogMel.bands))
}
