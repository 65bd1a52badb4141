import ClipData
import NeuralNetworks
import Objectives
import Settings
import Storage
import TensorCore
import Training

extension PretrainOptions {
  /// The configuration that the options ask for, all but what depends on the videos.
  static func configuration(
    _ values: OptionValues, seed: UInt64
  ) throws -> TrainingConfiguration {
    let preset = preset(values)
    let weights = try ObjectiveRegistry.weights(in: values)
    let needs = needs(of: weights, values)
    var configuration = TrainingConfiguration(
      encoder: EncoderConfiguration(
        width: preset.width, padding: PaddingMode(rawValue: values[padding]) ?? .zeros,
        audioWidth: preset.audioWidth),
      clips: try clips(values, preset, needs), objectives: weights, options: values)
    configuration.preset = preset.rawValue
    configuration.seed = seed
    configuration.residualGain = values[residualGain]
    configuration.optimisation = optimisation(values)
    configuration.length = try length(values, preset)
    configuration.evaluateEvery = values[evaluateEvery]
    configuration.checkpointEvery = values[checkpointEvery]
    configuration.holdout = values[holdout]
    configuration.initialWeights = values[initial].map(weightsFile) ?? ""
    return configuration
  }

  /// As `--preset` says; without it that of the run that `--init` names.
  private static func preset(_ values: OptionValues) -> Preset {
    if !values.isGiven(preset), let run = values[initial],
      let bytes = try? readBytes(run + "/config.json", limit: 1 << 20),
      let name = (try? JSONValue.parse(bytes))?["preset"]?.string,
      let known = Preset(rawValue: name)
    {
      return known
    }
    return Preset(rawValue: values[preset]) ?? .small
  }

  /// The model's file, where a run folder was given.
  private static func weightsFile(_ path: String) -> String {
    guard Folder.exists(path) else { return path }
    // A slash at the end is no other run.
    return path + (path.hasSuffix("/") ? "" : "/") + "model.safetensors"
  }

  /// What the objectives want to see: they say so once they are made, so small ones are made for it.
  static func needs(
    of weights: [(type: any Objective.Type, weight: Double)], _ values: OptionValues
  ) -> BatchNeeds {
    ObjectiveSet(
      weights, options: values, dimensions: FeatureDimensions(visual: 1, audio: 1),
      store: ParameterStore(), teacher: ParameterStore(), seed: 0
    ).needs
  }

  private static func clips(
    _ values: OptionValues, _ preset: Preset, _ needs: BatchNeeds
  ) throws(CommandFailure) -> ClipSettings {
    guard values[frames] >= needs.frames else {
      throw CommandFailure(
        .usage,
        "--frames \(values[frames]): the objectives need at least \(needs.frames); "
          + "write --frames \(needs.frames)")
    }
    if !needs.returnView {
      try values.refuse(
        [returnScale.option, returnHalving.option, returnShift.option, returnJitter.option],
        in: "objectives without return views")
    }
    if !needs.pictures {
      try values.refuse(
        [
          frames.option, nodes.option, grid.option, patch.option, size.option, rate.option,
          colourJitter.option, flip.option, padding.option, residualGain.option,
        ], in: "objectives of sound alone")
    }
    var clips = ClipSettings()
    clips.pictures = needs.pictures
    clips.changesSound = needs.changesSound
    clips.videos = values[batch] ?? preset.batch
    clips.views = needs.views
    clips.frames = values[frames]
    clips.rate = values[rate]
    clips.layout = try layout(values, preset)
    clips.audioSeconds = needs.audio ? values[audioSeconds] : 0
    clips.audioJitter = values[audioJitter]
    clips.colourJitter = values[colourJitter]
    clips.flip = values[flip]
    clips.returnView = needs.returnView
    if needs.returnView {
      clips.returnScale = values[returnScale]
      clips.returnShift = values[returnShift] > 0 ? values[returnShift] : nil
      // Views of a half and more in the clip's own square do not change.
      let changes = clips.returnScale < 0.5 || clips.returnShift != nil
      let halves = values[returnHalving] > 0 && changes
      clips.returnHalving = halves ? values[returnHalving] : nil
    }
    clips.returnJitter = values[returnJitter]
    return clips
  }

  private static func layout(
    _ values: OptionValues, _ preset: Preset
  ) throws(CommandFailure) -> NodeLayout {
    let dense = values[nodes] == "dense"
    let idle =
      dense
      ? [(grid.option, values[grid]), (patch.option, values[patch])]
      : [(size.option, values[size])]
    for (option, value) in idle where value != nil {
      throw CommandFailure(
        .usage,
        "--\(option.name) has no part in --nodes \(values[nodes]); "
          + "leave it out or add --nodes \(dense ? "patches" : "dense")")
    }
    // The encoder's stride is 8; patches overlap by half.
    return dense
      ? .dense(size: try multiple(of: 8, values[size] ?? preset.size, size.option))
      : .patches(
        side: values[grid] ?? 7,
        patch: try multiple(of: 8, values[patch] ?? preset.patch, patch.option))
  }

  private static func multiple(
    of unit: Int, _ value: Int, _ option: Option
  ) throws(CommandFailure) -> Int {
    guard value % unit == 0 else {
      throw CommandFailure(
        .usage,
        "--\(option.name) \(value): a multiple of \(unit) is needed, such as "
          + "\((value + unit - 1) / unit * unit)")
    }
    return value
  }

  private static func optimisation(_ values: OptionValues) -> OptimisationSettings {
    var settings = OptimisationSettings()
    settings.optimiser = OptimiserKind(rawValue: values[optimizer]) ?? .adamw
    settings.learningRate = values[learningRate]
    settings.weightDecay = values[weightDecay]
    settings.warmup = values[warmup]
    settings.averageDecay = values[averageDecay]
    settings.clipNorm = values[clipGradient]
    return settings
  }

  private static func length(
    _ values: OptionValues, _ preset: Preset
  ) throws(CommandFailure) -> RunLength {
    let given = [
      values[steps].map(RunLength.steps), values[epochs].map(RunLength.epochs),
      values[minutes].map(RunLength.minutes),
    ].compactMap { $0 }
    guard given.count < 2 else {
      throw CommandFailure(
        .usage, "--steps, --epochs and --minutes exclude each other; give one of them")
    }
    return given.first ?? .steps(preset.steps)
  }
}
