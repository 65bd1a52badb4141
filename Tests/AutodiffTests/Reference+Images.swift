import Testing

/// Sizes of an image operation: N images of H × W pixels of C channels, under K × K windows.
struct ImageCase: CustomTestStringConvertible, Sendable {
  var images = 1
  var height: Int
  var width: Int
  var channels: Int
  var outputs = 1
  var kernel: Int
  var stride: Int
  var padding = 0

  var outHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  var outWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  var testDescription: String {
    "\(images)×\(height)×\(width)×\(channels) -> \(outputs), \(kernel)×\(kernel) / \(stride) + \(padding)"
  }
}

extension Reference {
  /// Calls `body` with every (output pixel, window tap, input pixel) inside the image.
  static func windows(
    _ at: ImageCase, reflect: Bool = false, _ body: (Int, Int, Int) -> Void
  ) {
    func place(_ position: Int, _ extent: Int) -> Int? {
      if position >= 0 && position < extent { return position }
      guard reflect else { return nil }
      return position < 0 ? -position : 2 * (extent - 1) - position
    }
    for n in 0..<at.images {
      for oy in 0..<at.outHeight {
        for ox in 0..<at.outWidth {
          for ky in 0..<at.kernel {
            for kx in 0..<at.kernel {
              guard let y = place(oy * at.stride - at.padding + ky, at.height),
                let x = place(ox * at.stride - at.padding + kx, at.width)
              else { continue }
              body(
                (n * at.outHeight + oy) * at.outWidth + ox, ky * at.kernel + kx,
                (n * at.height + y) * at.width + x)
            }
          }
        }
      }
    }
  }

  /// Convolution of x (NHWC) with w (OHWI).
  static func convolution(
    _ x: [Double], _ w: [Double], _ at: ImageCase, reflect: Bool
  ) -> [Double] {
    let (c, o) = (at.channels, at.outputs)
    let taps = at.kernel * at.kernel
    var out = [Double](repeating: 0, count: at.images * at.outHeight * at.outWidth * o)
    out.withUnsafeMutableBufferPointer { out in
      x.withUnsafeBufferPointer { x in
        w.withUnsafeBufferPointer { w in
          windows(at, reflect: reflect) { target, tap, source in
            for output in 0..<o {
              var sum = 0.0
              for channel in 0..<c {
                sum += x[source * c + channel] * w[(output * taps + tap) * c + channel]
              }
              out[target * o + output] += sum
            }
          }
        }
      }
    }
    return out
  }

  static func maxPool(_ x: [Double], _ at: ImageCase) -> [Double] {
    let c = at.channels
    var out = [Double](
      repeating: -.infinity, count: at.images * at.outHeight * at.outWidth * c)
    windows(at) { target, _, source in
      for channel in 0..<c {
        out[target * c + channel] = max(out[target * c + channel], x[source * c + channel])
      }
    }
    return out
  }

  /// Batch normalisation over rows of `c` channels by their own statistics, or by those given.
  static func batchNorm(
    _ x: [Double], scale: [Double], shift: [Double], mean: [Double]? = nil,
    variance: [Double]? = nil, epsilon: Double = 1e-5
  ) -> [Double] {
    let c = scale.count
    let (ownMean, ownVariance) = moments(x, c)
    let (mean, variance) = (mean ?? ownMean, variance ?? ownVariance)
    return x.indices.map {
      let i = $0 % c
      return (x[$0] - mean[i]) / (variance[i] + epsilon).squareRoot() * scale[i] + shift[i]
    }
  }

  /// The mean and the biased variance of each of `c` channels.
  static func moments(_ x: [Double], _ c: Int) -> (mean: [Double], variance: [Double]) {
    let rows = Double(x.count / c)
    var mean = [Double](repeating: 0, count: c)
    var variance = mean
    for index in x.indices { mean[index % c] += x[index] / rows }
    for index in x.indices {
      let d = x[index] - mean[index % c]
      variance[index % c] += d * d / rows
    }
    return (mean, variance)
  }
}
