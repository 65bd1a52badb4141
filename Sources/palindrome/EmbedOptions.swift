import Evaluation
import Settings

/// How clips are cut out and encoded, for every command that embeds; and the options of `embed`.
enum EmbedOptions {
  private static let usual = EmbeddingSettings()

  static let out = Setting.requiredPath(
    "out", "The matrix to write; E.csv, E.json and E.failed.csv come to stand beside it.",
    placeholder: "E.npy")
  static let resume = Setting.flag(
    "resume", "Go on with an embedding that was begun, where there is one.")

  static let modality = Setting.choice(
    "modality", EmbeddingModality.allCases.map(\.rawValue),
    "What is encoded. By default both, and one alone where the model was not trained on the other.")
  static let clip = Setting.double(
    "clip", default: usual.clip, in: 0.1...600, "Seconds of a window.", placeholder: "S")
  static let perWindow = Setting.flag(
    "per-window",
    "A row a window instead of a row a file. What is left at the end, shorter than a window, has none."
  )
  static let stride = Setting.double(
    "stride", in: 0.01...3600,
    "Seconds from one window to the next with --per-window. By default those of a window.",
    placeholder: "S")
  static let windows = Setting.int(
    "windows", default: usual.windows, in: 1...100_000,
    "The most windows that the one row of a file is the mean of; longer files get so many evenly spaced ones."
  )
  static let rate = Setting.double(
    "rate", default: usual.rate, in: 0.01...240, "Frames a second within a window.",
    placeholder: "FPS")
  static let size = Setting.int(
    "size", default: usual.size, in: 16...2048,
    "Pixels of the shorter side of the frames that the encoder sees. With --space av by default those of the "
      + "training.", placeholder: "PIXELS")
  static let temporal = Setting.flag(
    "temporal", default: usual.temporal,
    "Put the mean change from frame to frame beside the mean: for actions, which look alike but move differently."
  )

  static let space = Setting.choice(
    "space", EmbeddingSpace.allCases.map(\.rawValue), default: usual.space.rawValue,
    "own: the encoders' features. av: the space in which the objective av compares pictures with sounds, for search "
      + "of one by the other; features of own serve labels better.")

  static let heldOut = Setting.flag(
    "held-out",
    "Embed those videos alone that the model's run kept out of training, for scores on what it has not seen."
  )

  static let group = OptionGroup(
    "clips",
    [
      modality.option, clip.option, perWindow.option, stride.option, windows.option, rate.option,
      size.option, temporal.option, space.option,
    ])
  /// The same for `embed`, which chooses the files itself.
  static let groupOfEmbed = OptionGroup("clips", group.options + [heldOut.option])

  /// The settings that were given; the encoder tells the modality where it was not.
  static func settings(
    _ values: OptionValues, _ encoder: ClipEncoder
  ) throws -> EmbeddingSettings {
    var settings = EmbeddingSettings()
    let usual: EmbeddingModality =
      !encoder.hearsSound ? .video : encoder.seesPictures ? .both : .audio
    settings.modality = values[modality].flatMap(EmbeddingModality.init) ?? usual
    settings.clip = values[clip]
    settings.perWindow = values[perWindow]
    settings.windows = values[windows]
    settings.rate = values[rate]
    settings.size = values[size]
    settings.temporal = values[temporal]
    settings.space = EmbeddingSpace(rawValue: values[space]) ?? .own
    // The heads have seen features of this scale only; at another one they find nothing.
    if settings.space == .av, !values.isGiven(size), let trained = encoder.trainedSize {
      settings.size = min(2048, max(16, trained))
    }
    guard settings.perWindow || values[stride] == nil else {
      throw CommandFailure(.usage, "--stride has no part in a row a file; add --per-window")
    }
    if settings.perWindow { try values.refuse([windows.option], in: "a row a window") }
    settings.stride = values[stride] ?? settings.clip
    if settings.modality == .audio {
      try values.refuse(
        [temporal.option, size.option, rate.option], in: "an embedding of sound alone")
    }
    return settings
  }
}
