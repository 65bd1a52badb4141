import Objectives

extension TrainingConfiguration {
  /// What no run can be made with, one line, or nil: a config.json may come from anybody. `ClipSettings.complaint` looks
  /// at the clips.
  var complaint: String? {
    func range<Value: Comparable>(
      _ name: String, _ value: Value, _ allowed: ClosedRange<Value>
    ) -> String? {
      allowed.contains(value)
        ? nil : "\(name) is \(value), not \(allowed.lowerBound) to \(allowed.upperBound)"
    }
    let every = 1...1_000_000_000
    let lasts =
      switch length {
      case .steps(let steps): range("length.steps", steps, 0...1_000_000_000)
      case .epochs(let epochs): range("length.epochs", epochs, 0...1_000_000)
      case .minutes(let minutes): range("length.minutes", minutes, 0...1e8)
      }
    let checks =
      objectives.map {
        range("objectives.\($0.type.name)", $0.weight, 0...ObjectiveRegistry.largestWeight)
      } + [
        lasts, range("residualGain", residualGain, -1e3...1e3),
        range("evaluateEvery", evaluateEvery, every),
        range("checkpointEvery", checkpointEvery, every),
        range("holdout", holdout, 0...1),
        range("optimisation.learningRate", optimisation.learningRate, 0...1e3),
        range("optimisation.weightDecay", optimisation.weightDecay, 0...1e3),
        range("optimisation.warmup", optimisation.warmup, 0...1_000_000_000),
        range("optimisation.floor", optimisation.floor, 0...1),
        range("optimisation.clipNorm", optimisation.clipNorm, 0...1e9),
        range("optimisation.averageDecay", optimisation.averageDecay, 0...1),
      ]
    return checks.compactMap { $0 }.first
  }
}
