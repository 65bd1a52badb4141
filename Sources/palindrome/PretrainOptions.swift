import NeuralNetworks
import Objectives
import Settings
import TensorCore
import Training

/// The options of `pretrain` besides those of the objectives.
enum PretrainOptions {
  static let out = Setting.requiredPath(
    "out", "The run folder to make, or with --resume to go on with.", placeholder: "RUN")
  static let preset = Setting.choice(
    "preset", Preset.allCases.map(\.rawValue), default: Preset.small.rawValue,
    "Size of the encoders and of what they see; the options below replace single values of it. By default that of the run that is resumed, or of what --init names."
  )
  static let steps = Setting.int(
    "steps", in: 1...1_000_000_000, "Length of the run in steps. By default as the preset says.")
  static let epochs = Setting.int(
    "epochs", in: 1...1_000_000, "Length in epochs instead: one sees every video about once.")
  static let minutes = Setting.double(
    "minutes", in: 0.01...1_000_000, "Length in minutes of wall time instead.", placeholder: "M")
  static let batch = Setting.int(
    "batch", in: 1...4096, "Videos a step. By default as the preset says.", placeholder: "B")
  static let initial = Setting.path(
    "init",
    "Begin with the weights of this run, or of this .safetensors file, instead of random ones: so a finished run is trained further.",
    placeholder: "RUN")
  static let resume = Setting.flag(
    "resume",
    "Go on with the run in --out at its newest checkpoint, with the same settings. Without a run there "
      + "it is an error.")
  static let holdout = Setting.double(
    "holdout", default: 0.1, in: 0...0.5,
    "Share of the videos that is scored, not trained on: at least 4 videos, at most half of them.")

  static let nodes = Setting.choice(
    "nodes", ["patches", "dense"], default: "dense",
    "What the walk steps on: patches cut from the frames, or cells of the map of whole frames.")
  static let grid = Setting.int(
    "grid", in: 2...32, "Patches a side of the frame with --nodes patches. By default 7.")
  static let patch = Setting.int(
    "patch", in: 16...256,
    "Pixels a side of a patch with --nodes patches. By default as the preset says.",
    placeholder: "PX")
  static let size = Setting.int(
    "size", in: 32...512,
    "Pixels a side of a frame with --nodes dense. By default as the preset says.",
    placeholder: "PX")
  static let frames = Setting.int(
    "frames", default: 2, in: 1...32, "Frames a clip.", placeholder: "T")
  static let rate = Setting.double(
    "rate", default: 8, in: 0.1...120, "Frames a second within a clip.", placeholder: "FPS")
  static let audioSeconds = Setting.double(
    "audio-seconds", default: 1.6, in: 0.16...10, "Seconds of sound around a clip.",
    placeholder: "S")
  static let audioJitter = Setting.double(
    "audio-jitter", default: 0.5, in: 0...5,
    "How far the sound may stray from the middle of its clip, in seconds.", placeholder: "S")
  static let colourJitter = Setting.double(
    "colour-jitter", default: 0.4, in: 0...0.95,
    "How far brightness, contrast and saturation of a clip may stray from 1.")
  static let returnScale = Setting.double(
    "return-scale", default: 0.15, in: 0.05...1,
    "Least share of the clip's square in the return view of --walk.home view, in the end.")
  static let returnHalving = Setting.int(
    "return-halving", default: 1500, in: 0...1_000_000_000,
    "Steps in which that least share halves, from a half at the first step on, and the way to --return-shift; 0 for views that stay the same.",
    placeholder: "STEPS")
  static let returnShift = Setting.double(
    "return-shift", default: 0.5, in: 0...1,
    "How far from the clip's square that view may stand in the end, in sides of it, half of them mirrored by themselves; 0 for views within the square, mirrored as the clip is."
  )
  static let returnJitter = Setting.double(
    "return-jitter", default: 0.2, in: 0...0.95,
    "How far the colours of the return view may stray from the clip's.")
  static let flip = Setting.flag("flip", default: true, "Do not mirror half of the clips.")
  static let padding = Setting.choice(
    "padding", PaddingMode.allCases.map(\.rawValue), default: PaddingMode.reflect.rawValue,
    "What convolutions see beyond the border.")

  static let residualGain = Setting.double(
    "residual-gain", default: 0, in: 0...1,
    "Factor with which the second normalisation of every block begins; at 0 a block is its shortcut alone."
  )

  static let optimizer = Setting.choice(
    "optimizer", OptimiserKind.allCases.map(\.rawValue), default: OptimiserKind.adamw.rawValue,
    "How gradients move the weights.")
  static let learningRate = Setting.double(
    "lr", default: 0.001, in: 0...100, "Peak of the learning rate.")
  static let weightDecay = Setting.double(
    "weight-decay", default: 0.01, in: 0...10, "Pull of the weights towards zero.")
  static let warmup = Setting.int(
    "warmup", default: 50, in: 0...1_000_000, "Steps in which the learning rate rises.")
  static let averageDecay = Setting.double(
    "ema", default: 0.99, in: 0...0.99999,
    "Share that the averaged weights keep of themselves at each step.")
  static let clipGradient = Setting.double(
    "clip-gradient", default: 5, in: 0...1_000_000,
    "Largest norm of the gradients; 0 for no limit.")

  static let cache = Setting.path(
    "cache",
    "Folder of decoded, shrunken frames; safe to delete. By default palindrome in the user's cache folder.",
    placeholder: "DIR")
  static let cacheLimit = Setting.double(
    "cache-limit", default: 20, in: 0.01...1_000_000, "Size that the cache may have in gigabytes.",
    placeholder: "GB")
  static let checkpointEvery = Setting.int(
    "checkpoint-every", default: 200, in: 1...1_000_000,
    "Steps between checkpoints; two minutes without one bring one too.")
  static let evaluateEvery = Setting.int(
    "evaluate-every", default: 500, in: 1...1_000_000, "Steps between scores on held-out videos.")
  static let logEvery = Setting.int(
    "log-every", default: 10, in: 1...1_000_000, "Steps between lines of metrics.jsonl.")

  static let groups: [OptionGroup] = [
    OptionGroup(
      "the run",
      [
        out.option, preset.option, ObjectiveRegistry.objectives.option, steps.option,
        epochs.option, minutes.option, batch.option, initial.option, resume.option, holdout.option,
      ]),
    OptionGroup(
      "clips and encoders",
      [
        nodes.option, grid.option, patch.option, size.option, frames.option, rate.option,
        audioSeconds.option, audioJitter.option, colourJitter.option,
        returnScale.option, returnHalving.option, returnShift.option, returnJitter.option,
        flip.option, padding.option,
        residualGain.option,
      ]),
    OptionGroup(
      "optimisation",
      [
        optimizer.option, learningRate.option, weightDecay.option, warmup.option,
        averageDecay.option, clipGradient.option,
      ]),
    OptionGroup("objectives", ObjectiveRegistry.options),
    OptionGroup(
      "files",
      [
        cache.option, cacheLimit.option, checkpointEvery.option, evaluateEvery.option,
        logEvery.option,
      ]),
    DecodingOptions.group,
  ]
}
