import ClipData
import Foundation
import Media
import TensorCore
import Training

/// One look at a stretch of a clip for fine-tuning.
///
/// A weak one is a view as selftrain embeds them: a crop, the sound a little louder or softer, sooner or later. A strong
/// one is cropped further, its colours stray, and its sound is changed as in pretraining, `SpecAugment`'s masks among
/// the rest. Crop, mirroring and colours are the same in all pictures: what changes between them is motion.
struct TuningView: Sendable {
  private var view: ClipView
  private var stray: (gain: Float, contrast: Float, saturation: Float)?
  private var change: SoundChange?
  /// Where in the window its pictures begin, 0...1 of what there is room for.
  private let place: Double

  /// The share of the picture that a strong view keeps, and its stretch.
  private static let area = 0.4...1.0
  private static let aspect = 0.8...1.25
  private static let colours: Double = 0.4

  init(isStrong: Bool, mirror: Bool, random: (RandomPurpose) -> CounterRandom) {
    view = ClipView(mirror: mirror, random: random)
    var draw = random(.temporalGap)
    place = draw.uniform(0...1)
    guard isStrong else { return }
    draw = random(.crop)
    view.crop = Augmentation.randomCrop(
      of: Box(x: 0, y: 0, width: 1, height: 1), scale: Self.area, aspect: Self.aspect, &draw)
    draw = random(.colour)
    func factor() -> Float { Float(draw.uniform(1 - Self.colours...1 + Self.colours)) }
    stray = (factor(), factor(), factor())
    draw = random(.audioMasking)
    change = SoundChange(&draw)
  }

  /// At most `most` pictures of the part's one window that follow each other, normalised,
  /// [pictures, height, width, 3]; nil where it has none.
  func images(_ part: ClipPart, most: Int) -> Tensor? {
    let all = part.frames[0]
    guard !all.isEmpty else { return nil }
    let count = min(most, all.count)
    // Of one window alone they follow each other.
    let first = all[min(all.count - count, Int(place * Double(all.count - count + 1)))]
    let (width, height) = (part.pictures.width, part.pictures.height)
    let bytes = width * height * 3
    let box = view.box(width: width, height: height)
    return .make([count, height, width, 3]) { out in
      part.pictures.pixels.withUnsafeBufferPointer { pixels in
        guard let start = pixels.baseAddress.map({ $0 + first * bytes }) else { return }
        let colours = colours(start, bytes)
        for index in 0..<count {
          FrameResampler.resample(
            start + index * bytes, width: width, height: height, box: box,
            mirrored: view.mirrored, columns: width, rows: height, colours: colours,
            out + index * bytes)
        }
      }
    }
  }

  private func colours(_ picture: UnsafePointer<UInt8>, _ bytes: Int) -> ColourMap {
    guard let stray else { return .normalising }
    // Green carries most of the brightness.
    let sum = Swift.stride(from: 1, to: bytes, by: 3).reduce(0) { $0 &+ Int(picture[$1]) }
    return .jittered(
      brightness: stray.gain, contrast: stray.contrast, saturation: stray.saturation,
      mean: Float(sum) / Float(bytes / 3) / 255)
  }

  /// The log-mel [rows, 64] of the part's one window; nil where nothing is heard.
  func spectrogram(_ part: ClipPart, _ logMel: LogMel) -> Tensor? {
    let window = part.windows[0]
    var heard = SoundStretch.of(window, part.sound)?
      .spectrogram(window, logMel, shift: view.shift, gain: change?.gain ?? view.gain)
    if let change, let rows = heard?.shape[0] {
      heard?.withMutableData { change.apply(to: $0, rows: rows) }
    }
    return heard
  }
}
