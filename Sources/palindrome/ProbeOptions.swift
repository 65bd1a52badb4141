import Evaluation
import Settings

/// The options of `probe` besides those of the clips.
enum ProbeOptions {
  private static let usual = ProbeSettings()

  static let embeddings = Setting.path(
    "embeddings", "What embed wrote.", placeholder: "E.npy")
  static let labels = Setting.requiredPath(
    "labels",
    "A table with the columns path,label and, where clips belong together (of one subject), group: those of "
      + "one group never stand on both sides of a split.", placeholder: "L.csv")
  static let features = Setting.list(
    "features",
    "Other features to judge on the same folds: pixels, random (of the size of the first model unless --preset "
      + "says so; --seed), or models. Made here, with the "
      + "settings of the embedding where there is one.", placeholder: "pixels,random")
  static let folder = Setting.path(
    "folder",
    "With --features: the folder that the paths are relative to. By default that of the embedding, else the "
      + "folder of the labels.", placeholder: "DIR")
  static let folds = Setting.int(
    "folds", default: usual.folds, in: 2...100,
    "Folds of a repeat; no more than the class with most clips, or groups, has of them.")
  static let repeats = Setting.int(
    "repeats", default: usual.repeats, in: 1...1000, "How often the folds are drawn anew.")
  static let svg = Setting.path(
    "svg", "Write the confusion matrix of the linear classifier as a picture.",
    placeholder: "FILE.svg")
  static let predictions = Setting.path(
    "predictions",
    "Write the fold and the prediction of every clip in every repeat: features,repeat,fold,path,label,linear,knn.",
    placeholder: "FILE.csv")

  static let group = OptionGroup(
    "what is judged",
    [embeddings.option, labels.option, features.option, folder.option, ModelOptions.preset.option])
  static let judging = OptionGroup(
    "how", [folds.option, repeats.option, svg.option, predictions.option])
}
