import Autodiff
import Foundation
import Storage
import TensorCore
import TestSupport
import Testing

/// The tape's operations against PyTorch's, results and gradients: `Goldens/make_goldens.py` wrote them.
@Suite struct GoldenTests {
  /// Both sides compute in float32: distances come from the order of the sums.
  let check = GradientCheck(absolute: 1e-5, relative: 2e-4)
  let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile(
      URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Goldens/operations.safetensors").path)
  }

  /// The cases whose name begins so.
  private func cases(_ prefix: String) -> [String] {
    Set(file.names.filter { $0.hasPrefix(prefix) }.compactMap { $0.split(separator: "/").first })
      .map(String.init).sorted()
  }

  private func golden(_ name: String) throws -> Tensor { try file.tensor(name) }

  /// Runs a case and compares the result and the gradient of each input. Inputs that are parameters of the
  /// operation are looked up on the tape.
  private func expectCase(
    _ name: String, inputs: [String], parameters: [String: Parameter] = [:], training: Bool = true,
    _ operation: (Tape, [Variable]) throws -> Variable
  ) throws {
    let tape = Tape(training: training)
    let leaves = try inputs.map { tape.leaf(try golden("\(name)/\($0)")) }
    let output = try operation(tape, leaves)
    let wanted = try golden("\(name)/out")
    #expect(output.shape == wanted.shape, "\(name)")
    try expectClose("\(name)/out", output.value)
    tape.backward(from: output, gradient: try golden("\(name)/seed").reshaped(output.shape))
    for (input, leaf) in zip(inputs, leaves) {
      try expectClose("\(name)/d\(input)", try #require(leaf.gradient))
    }
    for (input, parameter) in parameters {
      try expectClose("\(name)/d\(input)", try #require(tape.gradient(of: parameter)))
    }
  }

  private func expectClose(_ name: String, _ got: Tensor) throws {
    let failures = check.compare(name, got.array, try golden(name).array.map(Double.init))
    #expect(failures.isEmpty)
  }

  /// The number after a letter in a case's name: `k3` -> 3.
  private func number(_ name: String, _ letter: Character) throws -> Int {
    let part = name.split(separator: ".").last { $0.first == letter }
    return try #require(part.flatMap { Int($0.dropFirst()) })
  }

  private func norm(_ name: String) throws -> (BatchNormParameters, [String: Parameter]) {
    func parameter(_ part: String, role: Parameter.Role) throws -> Parameter {
      Parameter(part, try golden("\(name)/\(part)"), role: role)
    }
    let channels = try golden("\(name)/scale").count
    let hasStatistics = file["\(name)/mean"] != nil
    let norm = BatchNormParameters(
      scale: try parameter("scale", role: .bias), shift: try parameter("shift", role: .bias),
      runningMean: hasStatistics
        ? try parameter("mean", role: .buffer)
        : Parameter("mean", .zeros([channels]), role: .buffer),
      runningVariance: hasStatistics
        ? try parameter("variance", role: .buffer)
        : Parameter("variance", Tensor(repeating: 1, [channels]), role: .buffer))
    return (norm, ["scale": norm.scale, "shift": norm.shift])
  }

  @Test func convolution() throws {
    let names = cases("convolution.")
    #expect(names.count == 14)
    for name in names {
      let kernel = try number(name, "k")
      let stride = try number(name, "s")
      try expectCase(name, inputs: ["x", "w"]) { tape, x in
        tape.convolution(
          x[0], x[1], stride: stride, padding: kernel / 2,
          mode: name.contains("reflect") ? .reflect : .zeros)
      }
    }
  }

  @Test(arguments: ["train", "eval"]) func batchNorm(_ mode: String) throws {
    let training = mode == "train"
    let (rows, rowParameters) = try norm("batchnorm1d.\(mode)")
    try expectCase(
      "batchnorm1d.\(mode)", inputs: ["x"], parameters: rowParameters, training: training
    ) { tape, x in
      tape.batchNorm1d(x[0], rows)
    }
    try expectClose("batchnorm1d.\(mode)/mean_after", rows.runningMean.value)
    try expectClose("batchnorm1d.\(mode)/variance_after", rows.runningVariance.value)

    // The images' norm stands behind a convolution that changes nothing.
    let (images, imageParameters) = try norm("batchnorm2d.\(mode)")
    let channels = images.scale.value.count
    var identity = Tensor.zeros([channels, 1, 1, channels])
    identity.withMutableData { for i in 0..<channels { $0[i * channels + i] = 1 } }
    try expectCase(
      "batchnorm2d.\(mode)", inputs: ["x"], parameters: imageParameters, training: training
    ) { tape, x in
      tape.convolutionNormalised(
        x[0], tape.constant(identity), images, stride: 1, padding: 0, mode: .zeros, relu: false)
    }
    try expectClose("batchnorm2d.\(mode)/mean_after", images.runningMean.value)
    try expectClose("batchnorm2d.\(mode)/variance_after", images.runningVariance.value)
  }

  @Test(arguments: [1, 2]) func residualBlock(_ stride: Int) throws {
    let name = "block.s\(stride)"
    let (norm, parameters) = try norm(name)
    try expectCase(name, inputs: ["x", "w", "residual"], parameters: parameters) { tape, x in
      tape.convolutionNormalised(
        x[0], x[1], norm, stride: stride, padding: 1, mode: .reflect, residual: x[2], relu: true)
    }
  }

  @Test func pooling() throws {
    #expect(cases("maxpool.").count == 3)
    for name in cases("maxpool.") {
      try expectCase(name, inputs: ["x"]) { tape, x in
        tape.maxPool(x[0], size: 3, stride: 2, padding: 1)
      }
    }
  }

  @Test func rowsAndLosses() throws {
    try expectCase("linear", inputs: ["x", "w", "b"]) { tape, x in
      tape.linear(x[0], weight: x[1], bias: x[2])
    }
    try expectCase("crossentropy", inputs: ["x"]) { tape, x in
      tape.crossEntropy(x[0], targets: [3, 0, -100, 10, 5, 5], temperature: 0.07)
    }
    try expectCase("l2normalise", inputs: ["x"]) { tape, x in tape.l2Normalise(x[0]) }
    let dropped = try golden("softmax/dropped").array.map { $0 != 0 }
    try expectCase("softmax", inputs: ["x"]) { tape, x in
      tape.softmaxRows(x[0], temperature: 0.05, dropped: dropped)
    }
    try expectCase("logsoftmax", inputs: ["x"]) { tape, x in
      tape.logSoftmaxRows(x[0], temperature: 0.5)
    }
  }

  /// A whole palindrome walk put together from the tape's operations.
  @Test func walk() throws {
    try expectCase("walk", inputs: ["q"]) { tape, x in
      let unit = tape.l2Normalise(x[0])
      let frames = (0..<4).map { tape.reshape(tape.sliceRows(unit, $0..<$0 + 1), [5, 6]) }
      let steps = [(0, 1), (1, 2), (2, 3), (3, 2), (2, 1), (1, 0)].map { from, to in
        tape.softmaxRows(
          tape.matmul(frames[from], frames[to], transposeB: true), temperature: 0.05)
      }
      let walk = steps.dropFirst().reduce(steps[0]) { tape.matmul($0, $1) }
      return tape.negativeLogLikelihood(walk, targets: Array(0..<5))
    }
  }
}
