import Foundation

/// A sound file made by hand: 16-bit mono.
package enum WaveFile {
  /// Writes samples in -1...1 to `path`.
  package static func write(_ samples: [Double], rate: Int = 16_000, to path: String) throws {
    var wave = Data("RIFF".utf8)
    func word(_ value: Int, _ count: Int) {
      for shift in 0..<count { wave.append(UInt8(value >> (8 * shift) & 255)) }
    }
    let size = 2 * samples.count
    word(36 + size, 4)
    wave += Data("WAVEfmt ".utf8)
    for (value, count) in [(16, 4), (1, 2), (1, 2), (rate, 4), (2 * rate, 4), (2, 2), (16, 2)] {
      word(value, count)
    }
    wave += Data("data".utf8)
    word(size, 4)
    for sample in samples { word(Int((sample * 32767).rounded()) & 0xFFFF, 2) }
    try wave.write(to: URL(fileURLWithPath: path))
  }
}
