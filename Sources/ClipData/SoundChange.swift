import Foundation
import TensorCore

/// How the sound of one training clip is changed: its loudness, then its spectrogram stretched and shifted along time and
/// mel bands (random resized crop, Niizumi et al., "BYOL for Audio", IJCNN 2021), then its colour, a smooth curve of
/// gains over the bands, so that a recording is not told by its voice or microphone; then a stretch of time and some
/// bands masked (Park et al., "SpecAugment", Interspeech 2019).
package struct SoundChange: Sendable, Equatable {
  /// What the samples are multiplied with.
  package let gain: Float
  /// The place x of the changed spectrogram shows the place `middle + (x − middle) · scale + shift` of the original.
  let time: Axis
  let bands: Axis
  /// What is added to each band of the normalised spectrogram, [64].
  let colour: [Float]
  /// Rows and bands that are masked, as shares of the whole.
  let maskedTime: ClosedRange<Double>
  let maskedBands: ClosedRange<Double>

  struct Axis: Sendable, Equatable {
    var scale: Double
    /// As a share of the whole.
    var shift: Double
  }

  /// Decibels, either way.
  private static let loudness = 6.0
  /// Reach of the stretch (a factor either way) and of the shift (a share either way).
  private static let timeReach = (stretch: 1.25, shift: 0.1)
  private static let bandReach = (stretch: 1.3, shift: 0.06)
  /// Places of the curve of gains, and their deviation in units of a band's own.
  private static let curve = (places: 6, deviation: Float(1))
  /// The longest masks, as shares.
  private static let masks = (time: 0.2, bands: 0.15)

  package init(_ random: inout CounterRandom) {
    gain = Float(pow(10, random.uniform(-Self.loudness...Self.loudness) / 20))
    func axis(_ reach: (stretch: Double, shift: Double)) -> Axis {
      let stretch = log(reach.stretch)
      return Axis(
        scale: exp(random.uniform(-stretch...stretch)),
        shift: random.uniform(-reach.shift...reach.shift))
    }
    func mask(_ longest: Double) -> ClosedRange<Double> {
      let length = random.uniform(0...longest)
      let start = random.uniform(0...1 - length)
      return start...start + length
    }
    time = axis(Self.timeReach)
    bands = axis(Self.bandReach)
    let heights = (0..<Self.curve.places).map { _ in Self.curve.deviation * random.normal() }
    colour = (0..<LogMel.bands).map { band in
      let place = Double(band) * Double(heights.count - 1) / Double(LogMel.bands - 1)
      let low = min(Int(place), heights.count - 2)
      let share = Float(place - Double(low))
      return heights[low] * (1 - share) + heights[low + 1] * share
    }
    maskedTime = mask(Self.masks.time)
    maskedBands = mask(Self.masks.bands)
  }

  /// Changes a normalised spectrogram [rows, 64] in place, all but its loudness: bilinear between places, the border's
  /// value beyond it, 0 (a band's mean) where it is masked.
  package func apply(to spectrogram: UnsafeMutablePointer<Float>, rows: Int) {
    let count = LogMel.bands
    let original = Array(UnsafeBufferPointer(start: spectrogram, count: rows * count))
    let columns = Self.places(count, bands)
    let hiddenRows = Self.hidden(maskedTime, rows)
    let hiddenBands = Self.hidden(maskedBands, count)
    for (row, (above, below, share)) in Self.places(rows, time).enumerated() {
      for (band, (left, right, part)) in columns.enumerated() {
        func line(_ row: Int) -> Float {
          let start = row * count
          return original[start + left] * (1 - part) + original[start + right] * part
        }
        let isHidden = hiddenRows.contains(row) || hiddenBands.contains(band)
        spectrogram[row * count + band] =
          isHidden ? 0 : line(above) * (1 - share) + line(below) * share + colour[band]
      }
    }
  }

  /// For each of `count` places the two between which it looks, and the share of the second.
  private static func places(_ count: Int, _ axis: Axis) -> [(Int, Int, Float)] {
    let middle = Double(count - 1) / 2
    return (0..<count).map { place in
      let source = middle + (Double(place) - middle) * axis.scale + axis.shift * Double(count)
      let inside = min(max(source, 0), Double(count - 1))
      let low = min(Int(inside), count - 1)
      return (low, min(low + 1, count - 1), Float(inside - Double(low)))
    }
  }

  private static func hidden(_ share: ClosedRange<Double>, _ count: Int) -> Range<Int> {
    let first = Int(share.lowerBound * Double(count))
    return first..<max(first, Int(share.upperBound * Double(count)))
  }
}
