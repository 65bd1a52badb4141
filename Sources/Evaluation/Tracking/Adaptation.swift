import ClipData
import Media
import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import Training

/// Training on the very video that is tracked: steps of the contrastive random walk, which need no labels, from
/// the model's own weights.
package struct Adaptation: Sendable {
  package var steps: Int
  package var learningRate = 1e-4
  package var seed: UInt64

  /// Clips a step and pixels of a side of their frames: small enough for one video's length of patience.
  private static let clips = 4
  private static let size = 128

  package init(steps: Int, seed: UInt64) {
    self.steps = steps
    self.seed = seed
  }

  /// Trains `model` on the video of `input`; `progress` is told of each step.
  package func run(
    _ model: FeatureModel, on input: FrameInput, progress: (_ step: Int) throws -> Void = { _ in }
  ) throws {
    guard let encoder = model.configuration else {
      throw EvaluationError(
        .usage, "--adapt: \(model.name) has no encoder that could learn; leave it out")
    }
    let entry = try entry(of: input)
    let settings = Self.settings(of: entry.probe)
    let source = try clips(of: entry, input, settings)
    var configuration = TrainingConfiguration(
      encoder: encoder, clips: settings, objectives: [(Walk.self, 1)])
    configuration.seed = seed
    let training = PretrainingModel(configuration)
    for parameter in training.online.all {
      if let own = model.parameters[parameter.name] { parameter.value = own.value }
    }
    training.teacher.copyValues(from: training.online)
    let optimiser = AdamW()
    for step in 0..<steps {
      let result = training.trainingStep(
        try source.batch(step: step), optimiser: optimiser, average: WeightAverage(),
        learningRate: learningRate, clipNorm: 5)
      if let reason = result.skipReason {
        throw EvaluationError(
          .badData, "\(input.path): --adapt diverged at step \(step) (\(reason)); leave it out")
      }
      try progress(step + 1)
    }
    for parameter in model.parameters.all {
      if let trained = training.online[parameter.name] { parameter.value = trained.value }
    }
  }

  /// Frames a second of a clip: few, since of frames 0.125, 0.5 and 1 second apart the middle ones gained the most
  /// (docs/measurements.md); more where the video is too short for that.
  private static let rates = 2.0...8.0

  private static func settings(of video: VideoProbe) -> ClipSettings {
    var settings = ClipSettings()
    let rate = 4 / max(video.duration, 0.01)
    settings.rate = min(max(rate, rates.lowerBound), rates.upperBound)
    settings.returnView = true
    settings.videos = 1
    settings.views = clips
    settings.layout = .dense(size: size)
    settings.audioSeconds = 0
    return settings
  }

  private func entry(of input: FrameInput) throws -> VideoEntry {
    let probe =
      input.isFile
      ? try input.source.usable(path: input.path)
      : PictureSource(input).probe(path: input.path)
    guard probe.verdict.isUsableVideo, let identity = FileIdentity.of(input.path) else {
      throw EvaluationError(
        .badData, "\(input.path): --adapt cannot read it (\(probe.reason)); leave it out")
    }
    return VideoEntry(
      relativePath: Folder.lastName(of: input.path), path: input.path, identity: identity,
      probe: probe)
  }

  private func clips(
    of entry: VideoEntry, _ input: FrameInput, _ settings: ClipSettings
  ) throws -> ClipSource {
    let cache: SegmentCache =
      input.isFile ? SegmentCache(input.source) : SegmentCache(PictureSource(input))
    return try ClipSource(
      ClipBuilder(
        index: VideoIndex(videos: [entry]), settings: settings, cache: cache,
        normalisation: .none, seed: seed),
      holdout: 0, seed: seed, threads: Threads.count)
  }
}

/// A folder of pictures as a video without sound.
private struct PictureSource: FrameSource {
  private let input: FrameInput

  init(_ input: FrameInput) { self.input = input }

  func probe(path: String) -> VideoProbe {
    VideoProbe(
      verdict: .ok, duration: Double(input.pictureCount) / input.rate, frameRate: input.rate,
      width: input.width, height: input.height)
  }

  func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    let short = Double(request.shortSide) / Double(min(input.width, input.height))
    let width = max(request.shortSide, Int((Double(input.width) * short).rounded()))
    let height = max(request.shortSide, Int((Double(input.height) * short).rounded()))
    var segment = Segment(width: width, height: height, times: [], pixels: [], audio: [])
    var index = 0
    while Double(index) / request.rate < request.duration - 1e-6 {
      let time = request.start + Double(index) / request.rate
      let place = Int(time * input.rate + 1e-6)
      guard place < input.pictureCount else { break }
      segment.times.append(Double(place) / input.rate)
      segment.pixels += try input.picture(place, width: width, height: height)
      index += 1
    }
    return segment
  }
}
