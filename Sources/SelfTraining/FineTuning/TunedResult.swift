import Evaluation
import TensorCore
import Training

/// A self-training with the line of its fine-tuning.
struct TunedResult {
  let frozen: SelfTrainingResult
  let record: FineTuningRecord
  let hidden: HiddenClips
  let labels: [LabelledClip]
  let test: [LabelledClip]

  private var classes: Int { frozen.classifier.classes.count }

  /// Where no last tuning was made: nothing changes but the record. The evenness of the classes is that of the hidden
  /// clips.
  var unkept: SelfTrainingResult {
    var result = frozen
    result.record = recorded(Distribution.mean(hidden.tuned, classes: classes), test: nil)
    return result
  }

  /// After the last tuning, of all labels, which gave `heads` and of every clip the embedding `views`.
  func result(_ heads: TunedHeads, _ views: ViewSet) -> SelfTrainingResult {
    let classifier = TrainedClassifier(
      classes: frozen.classifier.classes, space: heads.space,
      ensemble: hidden.calibration.ensemble(heads),
      strangeness: Strangeness(views, labels, parts: heads.space.parts))
    let predictions = classifier.predict(views)
    let known = Set(labels.map(\.row))
    let mean = Distribution.mean(
      predictions.indices.filter { !known.contains($0) }.map { predictions[$0].probabilities },
      classes: classes)
    let score =
      test.isEmpty
      ? nil
      : SelfTrainingRecord.Score(test.map { predictions[$0.row].probabilities }, test)
    var result = frozen
    result.record = recorded(mean, test: score)
    guard record.isKept else { return result }
    result.classifier = classifier
    result.predictions = predictions
    result.distances = classifier.strangeness.relativeDistances(views)
    let distances = classifier.strangeness.leftOut(labels)
    result.outOfFold = zip(hidden.tuned, distances).enumerated().map { clip, said in
      (
        clip: clip,
        prediction: ClipPrediction(
          probabilities: said.0, strangeness: classifier.strangeness.share(said.1),
          isOutOfSet: said.1 > classifier.strangeness.limit)
      )
    }
    return result
  }

  private func recorded(
    _ mean: [Double], test: SelfTrainingRecord.Score?
  ) -> SelfTrainingRecord {
    var all = frozen.record
    var round = SelfTrainingRecord.Round(name: "fine-tuned", outOfFold: record.tuned)
    round.expected = hidden.expected(record.tuned)
    round.test = test
    round.unlabelled = all.rounds.first?.unlabelled ?? 0
    round.classEntropy = Distribution.entropy(mean)
    all.rounds.append(round)
    if record.isKept { all.chosen = all.rounds.count - 1 }
    all.verdict += " " + record.verdict
    all.fineTuning = record
    return all
  }
}

extension FineTuningRecord {
  init(
    _ comparison: HeldOutComparison, steps: Int, folds: Int,
    trainings: [FineTuner.Outcome] = []
  ) {
    (self.steps, self.folds, self.trainings) = (steps, folds, trainings)
    (tuned, frozen) = (comparison.tunedScore, comparison.frozenScore)
    (tunedLoss, frozenLoss) = (comparison.tunedLoss, comparison.frozenLoss)
    (chance, isKept) = (comparison.chance, comparison.isBetter)
  }
}
