import Autodiff
import TensorCore
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  static let cases = [
    ImageCase(height: 1, width: 1, channels: 1, kernel: 1, stride: 1),
    ImageCase(images: 2, height: 5, width: 7, channels: 3, outputs: 4, kernel: 1, stride: 1),
    ImageCase(images: 3, height: 7, width: 4, channels: 2, outputs: 3, kernel: 1, stride: 2),
    ImageCase(
      images: 2, height: 5, width: 6, channels: 3, outputs: 5, kernel: 3, stride: 1, padding: 1),
    ImageCase(height: 7, width: 5, channels: 2, outputs: 3, kernel: 3, stride: 2, padding: 1),
    ImageCase(
      images: 2, height: 11, width: 8, channels: 3, outputs: 2, kernel: 7, stride: 2, padding: 3),
    ImageCase(images: 17, height: 3, width: 2, channels: 1, outputs: 2, kernel: 2, stride: 1),
    // Outputs in multiples of 16 beside any input: lines of the padded image.
    ImageCase(
      images: 2, height: 11, width: 8, channels: 3, outputs: 16, kernel: 7, stride: 2, padding: 3),
    ImageCase(
      images: 3, height: 6, width: 7, channels: 16, outputs: 32, kernel: 3, stride: 2, padding: 1),
    ImageCase(images: 2, height: 5, width: 8, channels: 32, outputs: 16, kernel: 1, stride: 2),
    ImageCase(height: 5, width: 4, channels: 17, outputs: 16, kernel: 1, stride: 1),
    // Multiples of 16 channels at 3×3: Winograd.
    ImageCase(
      images: 2, height: 5, width: 7, channels: 16, outputs: 16, kernel: 3, stride: 1, padding: 1),
    ImageCase(height: 2, width: 9, channels: 16, outputs: 32, kernel: 3, stride: 1, padding: 1),
  ]

  static func inputs(_ check: GradientCheck, _ at: ImageCase) -> [Tensor] {
    let fan = Float(at.kernel * at.kernel * at.channels)
    return [
      check.normal([at.images, at.height, at.width, at.channels]),
      check.normal(
        [at.outputs, at.kernel, at.kernel, at.channels], stream: 1, scale: 1 / fan.squareRoot()),
    ]
  }

  @Test(arguments: cases, PaddingMode.allCases)
  func convolution(_ at: ImageCase, _ mode: PaddingMode) {
    let check = GradientCheck(samples: 60)
    let failures = check.failures(Self.inputs(check, at)) { tape, x in
      tape.convolution(x[0], x[1], stride: at.stride, padding: at.padding, mode: mode)
    } reference: {
      Reference.convolution($0[0], $0[1], at, reflect: mode == .reflect)
    }
    #expect(failures.isEmpty)
  }

  /// An output of more than one block, so that block borders fall inside an image.
  @Test(arguments: [1, 2]) func severalBlocks(_ stride: Int) {
    let at = ImageCase(
      images: 3, height: 37, width: 41, channels: 16, outputs: 16, kernel: 3, stride: stride,
      padding: 1)
    let check = GradientCheck(samples: 4)
    let failures = check.failures(Self.inputs(check, at)) { tape, x in
      tape.convolution(x[0], x[1], stride: at.stride, padding: 1, mode: .reflect)
    } reference: {
      Reference.convolution($0[0], $0[1], at, reflect: true)
    }
    #expect(failures.isEmpty)
  }

  /// No image is no work, whatever the way.
  @Test(arguments: [(16, 3, 1), (16, 3, 2), (3, 3, 2)])
  func noImages(_ channels: Int, _ kernel: Int, _ stride: Int) {
    let tape = Tape()
    let x = tape.leaf(.zeros([0, 8, 8, channels]))
    let weight = tape.leaf(.zeros([16, kernel, kernel, channels]))
    let y = tape.convolution(x, weight, stride: stride, padding: 1, mode: .reflect)
    #expect(y.shape == [0, 8 / stride, 8 / stride, 16])
    tape.backward(from: y, gradient: .zeros(y.shape))
    #expect(weight.gradient?.sumOfSquares == 0)
  }

  @Test(arguments: [
    ImageCase(height: 1, width: 1, channels: 1, kernel: 1, stride: 1),
    ImageCase(images: 2, height: 7, width: 5, channels: 3, kernel: 3, stride: 2, padding: 1),
    ImageCase(images: 3, height: 4, width: 6, channels: 17, kernel: 2, stride: 2),
    ImageCase(height: 8, width: 9, channels: 2, kernel: 3, stride: 1, padding: 1),
  ]) func maxPool(_ at: ImageCase) {
    let check = GradientCheck()
    let input = check.normal([at.images, at.height, at.width, at.channels])
    let failures = check.failures([input]) { tape, x in
      tape.maxPool(x[0], size: at.kernel, stride: at.stride, padding: at.padding)
    } reference: {
      Reference.maxPool($0[0], at)
    }
    #expect(failures.isEmpty)
  }
}
