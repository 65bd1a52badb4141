/// What a self-training did, for the table, the report and `--json`.
package struct SelfTrainingRecord: Sendable, Equatable {
  /// An accuracy with the number of clips that it is of. Where clips were judged several times it is the mean,
  /// rounded to whole clips.
  package struct Score: Sendable, Equatable {
    package var correct: Int
    package var count: Int
    /// The number of clips apart that say as much: fewer where clips come in groups.
    package var apart: Double

    /// `apart` nil where no clip has a group.
    package init(correct: Int, count: Int, apart: Double? = nil) {
      (self.correct, self.count, self.apart) = (correct, count, apart ?? Double(count))
    }

    /// Of clips that are told as `said`, [clips][classes].
    init(_ said: Probabilities, _ clips: [LabelledClip]) {
      let right = zip(said, clips).map { Distribution.isRight($0, $1.label) }
      self.init(
        correct: right.count { $0 }, count: clips.count,
        apart: Accuracy.effectiveCount(
          right: right.map { $0 ? 1 : 0 }, groups: clips.map(\.group)))
    }

    package var accuracy: Double { Double(correct) / Double(max(1, count)) }
  }

  /// The accuracy to be expected of new clips like the labelled ones: that out of fold, carried on to all labels.
  package struct Expected: Sendable, Equatable {
    package var accuracy: Double
    /// Of 95 %, wider where clips come in groups.
    package var interval: ClosedRange<Double>

    init(_ outOfFold: Score, _ curve: LearningCurve) {
      accuracy = curve.extrapolated(outOfFold.accuracy)
      let interval = outOfFold.interval
      self.interval =
        curve.extrapolated(interval.lowerBound)...curve.extrapolated(interval.upperBound)
    }
  }

  /// One line of the table; the first is the labels alone.
  package struct Round: Sendable, Equatable {
    /// `labels only`, `round 1` and so on, `fine-tuned`.
    package var name: String
    /// On the labelled clips, each judged by a fit that did not see it.
    package var outOfFold: Score
    /// nil for a round that was not judged out of fold.
    package var expected: Expected?
    /// On the test list; nil without one.
    package var test: Score?
    /// Pseudo-labels taken for each class; empty for the labels alone.
    package var taken: [Int] = []
    /// Unlabelled clips that there are.
    package var unlabelled = 0
    /// Of the pseudo-labels taken for clips whose truth the test list tells, those that are right; nil where none is
    /// told. Only the report uses this, never the choice.
    package var pseudoPrecision: Score?
    /// Entropy of the mean prediction over the unlabelled clips divided by the greatest one (0 ... 1).
    package var classEntropy: Double = 1
    /// The least confidence with which each class was taken, nil where it was not; empty for the labels alone.
    package var leastConfidence: [Double?] = []

    package init(name: String, outOfFold: Score) { (self.name, self.outOfFold) = (name, outOfFold) }

    /// Whether the test list has fewer right than is to be expected, by more than chance.
    package var fallsShort: Bool {
      guard let expected, let test else { return false }
      return test.interval.upperBound < expected.interval.lowerBound
    }

    /// The share of the unlabelled clips that were taken.
    package var utilisation: Double { Double(taken.reduce(0, +)) / Double(max(1, unlabelled)) }
  }

  package var method: String
  package var rounds: [Round] = []
  /// The place in `rounds` of the one whose heads are kept.
  package var chosen = 0
  /// Why no more rounds were made, and whether self-training helped, in words for the user.
  package var verdict = ""
  /// What became of fine-tuning the encoder; nil where it was not asked for. Its line is the last of the rounds.
  package var fineTuning: FineTuningRecord?

  package init(method: String) { self.method = method }
}
