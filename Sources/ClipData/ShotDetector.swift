/// Finds hard cuts by the colours of neighbouring frames, after the histogram tests of Boreczky and Rowe
/// (Comparison of video shot boundary detection techniques, 1996).
///
/// A cut is a frame that differs from the one before it by more than `threshold` and stands out from the
/// differences around it, so that fast motion and a flash are not cuts. Fades are not looked for.
package struct ShotDetector {
  /// The least distance (0...1, half the L1 distance of two histograms) of a cut.
  package var threshold = 0.35
  /// How many times larger than its neighbours' the distance of a cut is.
  package var prominence = 2.0

  package init() {}

  static let binsPerChannel = 16
  /// Pixels looked at along the longer side, about.
  static let samples = 48

  /// The shots of `count` frames as ranges of frame indices that cover them in order.
  package func shots(
    pixels: UnsafePointer<UInt8>, count: Int, width: Int, height: Int
  ) -> [Range<Int>] {
    guard count > 0 else { return [] }
    let frameBytes = width * height * 3
    var distances = [Double](repeating: 0, count: count)
    var previous = histogram(pixels, width: width, height: height)
    for index in 1..<max(count, 1) {
      let current = histogram(pixels + index * frameBytes, width: width, height: height)
      var total = 0.0
      for bin in current.indices { total += abs(current[bin] - previous[bin]) }
      distances[index] = total / 2
      previous = current
    }
    var borders = [0]
    for index in 1..<max(count, 1) where isCut(index, distances) { borders.append(index) }
    borders.append(count)
    return zip(borders, borders.dropFirst()).map { $0..<$1 }
  }

  private func isCut(_ index: Int, _ distances: [Double]) -> Bool {
    let before = index > 1 ? distances[index - 1] : 0
    let after = index + 1 < distances.count ? distances[index + 1] : 0
    return distances[index] > threshold && distances[index] > prominence * max(before, after)
  }

  /// Three histograms side by side, each value shared between its two nearest bins so that a slight
  /// change of light moves little; they sum to 1.
  private func histogram(
    _ frame: UnsafePointer<UInt8>, width: Int, height: Int
  ) -> [Double] {
    let bins = Self.binsPerChannel
    let step = max(1, max(width, height) / Self.samples)
    var counts = [Double](repeating: 0, count: 3 * bins)
    var pixels = 0
    counts.withUnsafeMutableBufferPointer { counts in
      for y in stride(from: step / 2, to: height, by: step) {
        for x in stride(from: step / 2, to: width, by: step) {
          let pixel = frame + (y * width + x) * 3
          for channel in 0..<3 {
            let place = Double(pixel[channel]) / 255 * Double(bins - 1)
            let low = min(Int(place), bins - 2)
            let share = place - Double(low)
            counts[channel * bins + low] += 1 - share
            counts[channel * bins + low + 1] += share
          }
          pixels += 1
        }
      }
      let scale = 1 / Double(max(1, 3 * pixels))
      for bin in counts.indices { counts[bin] *= scale }
    }
    return counts
  }
}
