import Foundation

/// The matrices of the log-mel spectrogram.
enum MelBank {
  /// The windowed DFT as a matrix [window, 2 · (size / 2 + 1)]: the cosines of every frequency, then
  /// the sines, each multiplied by the periodic Hann window. The signal counts as padded with zeros to
  /// `size` samples.
  static func windowedDFT(window: Int, size: Int) -> [Float] {
    let bins = size / 2 + 1
    var matrix = [Float](repeating: 0, count: window * 2 * bins)
    for sample in 0..<window {
      let hann = 0.5 - 0.5 * cos(2 * Double.pi * Double(sample) / Double(window))
      for bin in 0..<bins {
        // The product modulo the size keeps the argument small and exact.
        let angle = 2 * Double.pi * Double(sample * bin % size) / Double(size)
        matrix[sample * 2 * bins + bin] = Float(hann * cos(angle))
        matrix[sample * 2 * bins + bins + bin] = Float(-hann * sin(angle))
      }
    }
    return matrix
  }

  /// Triangles over the frequencies as a matrix [size / 2 + 1, bands], evenly spaced on HTK's mel scale
  /// (mel = 2595 log10(1 + f / 700)), each with a peak of 1 (no area normalisation).
  static func triangles(
    bands: Int, size: Int, rate: Double, lowest: Double, highest: Double
  ) -> [Float] {
    func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }
    func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
    let corners = (0..<bands + 2).map { index in
      hertz(
        mel(lowest) + (mel(highest) - mel(lowest)) * Double(index) / Double(bands + 1))
    }
    var matrix = [Float](repeating: 0, count: (size / 2 + 1) * bands)
    for bin in 0...size / 2 {
      let frequency = rate * Double(bin) / Double(size)
      for band in 0..<bands {
        let rising = (frequency - corners[band]) / (corners[band + 1] - corners[band])
        let falling =
          (corners[band + 2] - frequency) / (corners[band + 2] - corners[band + 1])
        matrix[bin * bands + band] = Float(max(0, min(rising, falling)))
      }
    }
    return matrix
  }
}
