import Evaluation
import Training

/// What tuned heads say of clips: the logits of each clip by each head, nil for a clip without its part.
typealias TunedLogits = [LinearClassifier.Part: [[Double]?]]

extension TunedLogits {
  /// The clips of `rows` alone.
  func clips(_ rows: [Int]) -> TunedLogits { mapValues { said in rows.map { said[$0] } } }
}

/// The labelled clips, each judged by frozen heads and by a tuned encoder that it was hidden from.
struct HiddenClips {
  private let labels: [LabelledClip]
  private let folds: LabelFolds
  private let classes: Int
  private var frozen: Probabilities
  private var logits: TunedLogits = [:]

  init(_ labels: [LabelledClip], _ folds: LabelFolds, classes: Int) {
    (self.labels, self.folds, self.classes) = (labels, folds, classes)
    frozen = labels.map { _ in Distribution.uniform(classes) }
  }

  /// Takes up the clips of a fold, of which `files` are what the tuned encoder makes. One of which it gives no vector is
  /// told as nothing.
  mutating func add(
    _ fold: Int, frozen said: Probabilities, tuned heads: TunedHeads, _ files: [EmbeddedFile],
    _ embedder: ClipEmbedder
  ) {
    let held = folds.folds[fold].held
    for (place, clip) in held.enumerated() { frozen[clip] = said[place] }
    let known = held.indices.filter { !files[$0].rows.isEmpty }
    guard !known.isEmpty else { return }
    for (part, said) in heads.logits(ViewSet(known.map { files[$0] }, embedder)) {
      for (place, row) in known.enumerated() {
        logits[part, default: labels.map { _ in nil }][held[row]] = said[place]
      }
    }
  }

  /// What the tuned heads say of each clip, calibrated by the clips of the other folds alone.
  var tuned: Probabilities {
    var result = labels.map { _ in Distribution.uniform(classes) }
    for held in folds.folds.map(\.held) {
      let others = labels.indices.filter { !held.contains($0) }
      let calibration = TunedCalibration(
        logits.clips(others), labels: others.map { labels[$0].label }, classes: classes)
      for (place, said) in calibration(logits.clips(held)).enumerated() {
        result[held[place]] = said
      }
    }
    return result
  }

  /// What the tuned heads say of each clip, each head as sure as the frozen heads are: no label has a part in it.
  private var uncalibrated: Probabilities {
    let confidence = EqualConfidence.mean(frozen)
    let votes = LinearClassifier.Part.allCases.compactMap { logits[$0] }.map { said in
      let temperature = EqualConfidence.temperature(said.compactMap { $0 }, confidence: confidence)
      return said.map { $0.map { Distribution.softmax($0, temperature: temperature) } }
    }
    return votes.isEmpty
      ? frozen.map { _ in Distribution.uniform(classes) }
      : Ensemble(classes: classes, members: []).combine(votes)
  }

  /// The last word on calibration: that of all clips.
  var calibration: TunedCalibration {
    TunedCalibration(logits, labels: labels.map(\.label), classes: classes)
  }

  /// From the labels that a fold leaves to all.
  private var curve: LearningCurve {
    LearningCurve(labels: labels.count, classes: classes, folds: folds.folds)
  }

  /// Below this share of the labels a fold says little of what all of them give: of two a class, or of two groups, it
  /// hides half.
  private static let leastShown = 0.55

  /// Why the comparison cannot decide, in words; nil where it can.
  var obstacle: String? {
    guard curve.seen < Self.leastShown * curve.all else { return nil }
    return
      "of so few labels a class, or groups, judging must hide half, and what is better with half of the labels need "
      + "not be with all"
  }

  /// What is to be expected of new clips where so many of the hidden ones are told right.
  func expected(_ score: SelfTrainingRecord.Score) -> SelfTrainingRecord.Expected {
    SelfTrainingRecord.Expected(score, curve)
  }

  func comparison() -> HeldOutComparison {
    HeldOutComparison(frozen: frozen, tuned: tuned, uncalibrated: uncalibrated, clips: labels)
  }
}
