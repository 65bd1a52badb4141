import Evaluation
import Settings

/// The options of label propagation.
enum TrackingOptions {
  static let rules = Setting.choice(
    "protocol", ["best", "reference"], default: "best",
    "best: the settings that measured best here; reference: those of the random walk's paper. The options "
      + "below replace single settings of either.")
  static let context = Setting.int(
    "context", in: 0...1000,
    "Frames just before that are looked at, besides the marked ones. By default 20.")
  static let radius = Setting.double(
    "radius", in: 0.5...10_000,
    "Cells of 8 pixels around within which they are looked at. By default 12.",
    placeholder: "CELLS")
  static let topK = Setting.int(
    "topk", in: 1...1000, "Neighbours that a cell takes its labels from. By default 10.",
    placeholder: "K")
  static let temperature = Setting.double(
    "temperature", in: 0.0001...100, "What similarities are divided by. By default 0.05.")
  static let layers = Setting.choice(
    "layers", FeatureModel.Layers.allCases.map(\.rawValue),
    "Which of the encoder's maps are compared. By default \(TrackingSettings.best.layers.rawValue), or "
      + "\(TrackingSettings().layers.rawValue) with --protocol reference."
  )
  static let center = Setting.flag(
    "center",
    "Subtract the marked frame's mean feature first, which helps untrained encoders (--no-center: do not, the "
      + "default)."
  )
  static let ownStatistics = Setting.flag(
    "own-statistics",
    "Normalise the encoder by the marked frame's statistics (--no-own-statistics: by the stored ones, the "
      + "default)."
  )
  static let areaLabels = Setting.flag(
    "area-labels",
    "Bring masks to the grid by the share of each cell's pixels (--no-area-labels: at its middle, the "
      + "default).")
  static let height = Setting.int(
    "height", in: 16...4320,
    "Lines of the frames that the model sees; larger ones are scaled down. By default \(trackLines) in track, "
      + "in evaluate all that the frames have.", placeholder: "LINES")
  /// What `track` takes for `height` unless told: what DAVIS is judged at.
  static let trackLines = 480

  static let adapt = Setting.int(
    "adapt", default: 0, in: 0...1_000_000,
    "Train so many steps of the random walk on the very video first, without its labels.")

  static func adaptation(_ invocation: Invocation) -> Adaptation? {
    let steps = invocation.values[adapt]
    return steps > 0 ? Adaptation(steps: steps, seed: invocation.seed) : nil
  }

  static let group = OptionGroup(
    "label propagation",
    [
      rules.option, height.option, context.option, radius.option, topK.option, temperature.option,
      layers.option, center.option, ownStatistics.option, areaLabels.option,
      adapt.option,
    ])

  /// The settings that the options ask for.
  static func settings(_ values: OptionValues) -> TrackingSettings {
    var settings = values[rules] == "reference" ? TrackingSettings() : .best
    settings.lines = values[height]
    if let value = values[context] { settings.propagation.context = value }
    if let value = values[radius] { settings.propagation.radius = value }
    if let value = values[topK] { settings.propagation.topK = value }
    if let value = values[temperature] { settings.propagation.temperature = value }
    if let value = values[layers].flatMap(FeatureModel.Layers.init) { settings.layers = value }
    if values.isGiven(center) { settings.centring = values[center] }
    if values.isGiven(ownStatistics) { settings.ownStatistics = values[ownStatistics] }
    if values.isGiven(areaLabels) { settings.areaLabels = values[areaLabels] }
    return settings
  }
}
