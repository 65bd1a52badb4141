import ClipData
import Evaluation
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
    for type in ObjectiveRegistry.all where !weights.contains(where: { $0.type == type }) {
      try values.refuse(type.options, in: "objectives without \(type.name)")
    }
    for (type, _) in weights {
      if let idle = type.idleOptions(values) { try values.refuse(idle.options, in: idle.cause) }
    }
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
    configuration.initialWeights =
      values[initial].map { begunWith(values) ?? weightsFile($0) } ?? ""
    return configuration
  }

  /// As `--preset` says; without it that of the run to resume, or of the run or the file that `--init` names.
  private static func preset(_ values: OptionValues) -> Preset {
    let told = Preset(rawValue: values[preset]) ?? .small
    guard !values.isGiven(preset) else { return told }
    return (values[resume] ? preset(ofRun: values[out]) : values[initial].flatMap(preset(of:)))
      ?? told
  }

  private static func preset(ofRun run: String) -> Preset? {
    settings(of: run)?["preset"]?.string.flatMap(Preset.init)
  }

  /// That of a run folder, or of a file of weights by the width of its image encoder.
  private static func preset(of model: String) -> Preset? {
    if let known = preset(ofRun: model) { return known }
    guard let source = try? ModelSource(model), case .file = source.kind,
      let encoder = try? source.configuration(random: ModelOptions.configuration(.small))
    else { return nil }
    return Preset.allCases.first { $0.width == encoder.width }
  }

  /// The file that the run to resume began with, where it is what `--init` names, which may be gone by now, or another.
  private static func begunWith(_ values: OptionValues) -> String? {
    guard values[resume], let initial = values[initial],
      let was = settings(of: values[out])?["init"]?.string,
      [initial, modelFile(of: initial)].contains(was)
    else { return nil }
    return was
  }

  /// What `config.json` of a run folder says, where there is one.
  private static func settings(of run: String) -> JSONValue? {
    (try? readBytes(run + "/config.json", limit: 1 << 20)).flatMap { try? JSONValue.parse($0) }
  }

  /// The model's file, where a run folder was given.
  private static func weightsFile(_ path: String) -> String {
    Folder.exists(path) ? modelFile(of: path) : path
  }

  private static func modelFile(of run: String) -> String {
    // A slash at the end is no other run.
    run + (run.hasSuffix("/") ? "" : "/") + "model.safetensors"
  }

  /// Options that only objectives that hear make use of.
  static var hearing: [Option] { [audioSeconds.option, audioJitter.option] }

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
    if !needs.audio { try values.refuse(hearing, in: "objectives without sound") }
    // All but the walk tell a video from the others of its step.
    guard values[batch] != 1 || !(needs.audio || needs.teacher || needs.views > 1) else {
      throw CommandFailure(
        .usage,
        "--batch 1: of one video alone only the walk learns; write --batch 2, or --objectives walk")
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
    clips.makeRoomForClips()
    clips.layout = try layout(values, preset)
    clips.audioSeconds = needs.audio ? values[audioSeconds] : 0
    clips.audioJitter = values[audioJitter]
    clips.colourJitter = values[colourJitter]
    clips.flip = values[flip]
    clips.returnView = needs.returnView
    if needs.returnView {
      clips.returnScale = values[returnScale]
      clips.returnShift = values[returnShift] > 0 ? values[returnShift] : nil
      // Views of as much as the first ones in the clip's own square do not change.
      let changes = clips.returnScale < ClipSettings.firstReturnScale || clips.returnShift != nil
      let halves = values[returnHalving] > 0 && changes
      if values[returnHalving] > 0, !changes {
        try values.refuse([returnHalving.option], in: "return views that stay the same")
      }
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
