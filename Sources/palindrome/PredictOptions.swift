import Evaluation
import Settings

/// The options of `predict`.
enum PredictOptions {
  static let classifier = Setting.requiredPath(
    "classifier", "The folder that selftrain wrote.", placeholder: "CLS")
  static let out = Setting.requiredPath(
    "out",
    "The table to write; P.failed.csv beside it lists the files of which nothing is said: they cannot be read, or have "
      + "nothing that the classifier judges by.",
    placeholder: "P.csv")
  static let cache = Setting.path(
    "cache",
    "Folder in which the embeddings are kept, as that of selftrain. By default P.predict-partial, which is gone when P.csv "
      + "is there.", placeholder: "DIR")
  static let views = Setting.int(
    "views", in: 1...EmbeddingSettings.mostViews,
    "Views of each clip, over which probabilities are averaged. By default as the classifier was made; 1 is the "
      + "fastest.")

  static let perWindow = Setting.flag(
    "per-window",
    "Slide a window over each file and write segments (start_s, end_s) over which the windows say the same."
  )
  static let clip = Setting.double(
    "clip", in: 0.1...600, "Seconds of a window. By default as the classifier was made.",
    placeholder: "S")
  static let stride = Setting.double(
    "stride", in: 0.01...3600,
    "Seconds from one window to the next with --per-window. By default half a window.",
    placeholder: "S")

  static let output = OptionGroup(
    "classifier and output", [classifier.option, out.option, cache.option])
  static let clips = OptionGroup(
    "clips", [perWindow.option, clip.option, stride.option, views.option])

  /// How the classifier's clips are cut out and seen, with what was asked for otherwise.
  static func settings(
    _ values: OptionValues, _ known: EmbeddingSettings
  ) throws(CommandFailure) -> EmbeddingSettings {
    var settings = known
    settings.clip = values[clip] ?? known.clip
    settings.views = values[views] ?? known.views
    settings.stride = settings.clip
    guard values[perWindow] else {
      guard values[stride] == nil else {
        throw CommandFailure(
          .usage, "--stride has no part in one label a file; add --per-window")
      }
      return settings
    }
    guard values[views] == nil || settings.views == 1 else {
      throw CommandFailure(
        .usage,
        "--views has no part in --per-window, whose windows lie over each other; leave it out")
    }
    settings.perWindow = true
    settings.views = 1
    settings.stride = values[stride] ?? settings.clip / 2
    return settings
  }
}
