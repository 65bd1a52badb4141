import ClipData
import NeuralNetworks
import TensorCore

/// The encoders as files of the Open Neural Network Exchange format, what their inputs need included.
package enum OnnxEncoders {
  /// The image encoder.
  ///
  /// Input `images` [N, 3, H, W]: RGB in 0...1. Outputs `map` [N, C, ⌈H/8⌉, ⌈W/8⌉] and `embedding` [N, C],
  /// the map's mean, not brought to unit length: a clip's is that of the mean over its frames.
  package static func image(_ model: ExportedModel, producerVersion: String) -> [UInt8] {
    var graph = OnnxGraph(
      name: "image_encoder",
      text: "ResNet-18 cut after its third stage, at stride 8, with the normalisation of its input")
    let images = graph.input(
      "images", [.any("N"), .fixed(3), .any("H"), .any("W")], "RGB in 0...1")
    let mean = graph.constant("mean", Tensor(ColourMap.mean, [1, 3, 1, 1]))
    let scale = graph.constant(
      "scale", Tensor(ColourMap.deviation.map { 1 / $0 }, [1, 3, 1, 1]))
    let centred = graph.node("Sub", [images, mean], name: "centred")
    var x = graph.node("Mul", [centred, scale], name: "normalised")
    x = graph.convolution(model.visual.stem, x)
    let (size, stride, padding) = ResNet.pool
    x = graph.node(
      "MaxPool", [x], name: "pool",
      [
        ("kernel_shape", .integers([size, size])), ("strides", .integers([stride, stride])),
        ("pads", .integers([Int](repeating: padding, count: 4))),
      ])
    for block in model.visual.blocks { x = graph.block(block, x) }
    x = graph.node("Identity", [x], name: "map")
    let channels = OnnxGraph.Extent.fixed(model.visual.channels)
    graph.output(x, [.any("N"), channels, .any("h"), .any("w")], "features at stride 8")
    graph.output(average(of: x, in: &graph), [.any("N"), channels], "the mean over the map")
    return graph.model(
      producerVersion: producerVersion, metadata: [("input", "RGB in 0...1, NCHW")])
  }

  /// The audio encoder; nil where the model has none.
  ///
  /// Input `sound` [N, S]: mono at 16 kHz in -1...1, of any length from one window (400 samples) on. Output
  /// `embedding` [N, A], not brought to unit length. The log-mel is part of the graph: the windowed DFT as
  /// two convolutions, the mel bands as a matrix product.
  package static func audio(_ model: ExportedModel, producerVersion: String) -> [UInt8]? {
    guard let network = model.sound else { return nil }
    var graph = OnnxGraph(
      name: "audio_encoder", text: "a residual network over the log-mel spectrogram of the sound")
    let sound = graph.input(
      "sound", [.any("N"), .any("S")],
      "mono at \(ClipSettings.audioRate) Hz in -1...1, \(LogMel.window) samples or more")
    var x = graph.node("Unsqueeze", [sound, graph.constant("axis", [1])], name: "channel")
    x = spectrogram(x, model.normalisation, in: &graph)
    x = graph.node("Unsqueeze", [x, "axis"], name: "picture")
    x = graph.convolution(network.stem, x)
    for block in network.blocks { x = graph.block(block, x) }
    let mean = graph.node(
      "ReduceMean", [x], name: "time.mean",
      [("axes", .integers([2])), ("keepdims", .integer(0))])
    let places = graph.node(
      "Transpose", [mean], name: "places", [("perm", .integers([0, 2, 1]))])
    graph.output(
      graph.node("Flatten", [places], name: "embedding"), [.any("N"), .fixed(network.channels)],
      "the mean over time at each place on the scale of frequency")
    return graph.model(
      producerVersion: producerVersion,
      metadata: [("input", "mono sound"), ("sample_rate", String(ClipSettings.audioRate))])
  }

  private static func average(of map: String, in graph: inout OnnxGraph) -> String {
    graph.node(
      "ReduceMean", [map], name: "embedding",
      [("axes", .integers([2, 3])), ("keepdims", .integer(0))])
  }

  /// [N, 1, S] -> [N, windows, bands].
  private static func spectrogram(
    _ x: String, _ normalisation: AudioNormalisation, in graph: inout OnnxGraph
  ) -> String {
    let bands = LogMel.bands
    let logMel = LogMel()
    let squares = ["cosine", "sine"].enumerated().map { part, name in
      let filters = graph.constant(name + ".filters", dftFilters(of: logMel, part: part))
      let spectrum = graph.node(
        "Conv", [x, filters], name: name,
        [("kernel_shape", .integers([LogMel.window])), ("strides", .integers([LogMel.hop]))])
      return graph.node("Mul", [spectrum, spectrum], name: name + ".square")
    }
    let power = graph.node("Add", squares, name: "power")
    let rows = graph.node(
      "Transpose", [power], name: "rows", [("perm", .integers([0, 2, 1]))])
    let matrix = graph.constant("mel.matrix", Tensor(logMel.mel, [LogMel.bins, bands]))
    let mel = graph.node("MatMul", [rows, matrix], name: "mel")
    let floor = graph.constant("floor", Tensor([LogMel.floor], [1]))
    let level = graph.node(
      "Log", [graph.node("Add", [mel, floor], name: "mel.floored")], name: "level")
    let mean = graph.constant("mel.mean", Tensor(normalisation.mean, [bands]))
    let scale = graph.constant("mel.scale", Tensor(normalisation.scale, [bands]))
    let centred = graph.node("Sub", [level, mean], name: "level.centred")
    return graph.node("Mul", [centred, scale], name: "level.normalised")
  }

  /// The cosines (part 0) or the sines (part 1) of the DFT, [bins, 1, window].
  private static func dftFilters(of logMel: LogMel, part: Int) -> Tensor {
    let (bins, window) = (LogMel.bins, LogMel.window)
    return .make([bins, 1, window]) { out in
      for bin in 0..<bins {
        for sample in 0..<window {
          out[bin * window + sample] = logMel.dft[sample * 2 * bins + part * bins + bin]
        }
      }
    }
  }
}
