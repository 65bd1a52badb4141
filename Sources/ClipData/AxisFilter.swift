/// The taps of an antialiased bilinear resampling along one axis: a triangle that is as wide as the
/// reduction, as in PIL's `resize` and in PyTorch's `interpolate(antialias=True)`.
///
/// Output o is the sum over k < taps of weights[o · taps + k] × input[starts[o] + k].
package struct AxisFilter {
  package let starts: [Int32]
  package let weights: [Float]
  /// Taps of every output; those that an output does not need weigh 0.
  package let taps: Int
  /// The inputs that any output reads.
  package let span: Range<Int>

  /// Resamples the stretch [origin, origin + length) of an axis of `input` samples to `count` samples.
  /// The stretch may begin and end between samples; taps beyond the axis are left out and the others weigh
  /// more. `mirrored` gives the outputs in reverse order.
  package init(
    input: Int, origin: Double, length: Double, count: Int, mirrored: Bool = false
  ) {
    precondition(input > 0 && length > 0 && count > 0, "resampling \(input) samples to \(count)")
    let scale = length / Double(count)
    let width = max(scale, 1)
    let taps = min(input, Int((2 * width).rounded(.up)) + 1)
    var starts = [Int32](repeating: 0, count: count)
    var weights = [Float](repeating: 0, count: count * taps)
    var lowest = input
    var highest = 0
    for index in 0..<count {
      let centre = origin + (Double(index) + 0.5) * scale
      let low = min(max(0, Int(centre - width + 0.5)), input - 1)
      let high = min(max(Int(centre + width + 0.5), low + 1), input, low + taps)
      // Near the end of the axis the taps begin earlier, so that all of them lie within it.
      let start = min(low, input - taps)
      var total = 0.0
      func weight(_ sample: Int) -> Double {
        max(0, 1 - abs((Double(sample) + 0.5 - centre) / width))
      }
      for sample in low..<high { total += weight(sample) }
      let output = mirrored ? count - 1 - index : index
      starts[output] = Int32(start)
      for sample in low..<high {
        // A stretch that lies outside altogether takes its nearest sample.
        weights[output * taps + sample - start] =
          total > 0 ? Float(weight(sample) / total) : (sample == low ? 1 : 0)
      }
      lowest = min(lowest, start)
      highest = max(highest, start + taps)
    }
    self.starts = starts
    self.weights = weights
    self.taps = taps
    span = lowest..<highest
  }
}
