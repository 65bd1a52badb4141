import Reporting

/// Notices that a run no longer learns: that its loss has stopped falling, or that there is nothing to learn from.
///
/// Between two looks the losses of all steps are averaged. A mean counts as lower where it is so by more than two
/// standard errors of the difference; a run whose mean was not lower at three looks in a row has stopped learning.
package struct LearningWatch: Sendable, Codable, Equatable {
  private struct Level: Sendable, Codable, Equatable {
    var mean: Double
    /// The standard error of the mean.
    var error: Double
    var step: Int
  }

  private var count = 0
  private var sum = 0.0
  private var squares = 0.0
  private var lowest: Level?
  private var latest: Level?
  private var stalls = 0
  private var idleSteps = 0

  package static let patience = 3
  /// Steps in a row without a gradient after which the run says so.
  package static let idlePatience = 20
  /// Steps that a mean is taken of, at least.
  private static let least = 10

  package init() {}

  /// Takes in a step that was not skipped; its loss is nil where its clips had nothing for any objective.
  package mutating func add(loss: Double?, gradientNorm: Double) {
    idleSteps = loss == nil || gradientNorm == 0 ? idleSteps + 1 : 0
    guard let loss, loss.isFinite else { return }
    count += 1
    sum += loss
    squares += loss * loss
  }

  /// Judges the steps since the last look, `step` of the run being done.
  package mutating func look(step: Int) {
    guard count >= Self.least else { return }
    let mean = sum / Double(count)
    let variance = max(0, squares / Double(count) - mean * mean)
    let now = Level(mean: mean, error: (variance / Double(count)).squareRoot(), step: step)
    (count, sum, squares) = (0, 0, 0)
    latest = now
    if let lowest {
      let error = (lowest.error * lowest.error + now.error * now.error).squareRoot()
      guard now.mean < lowest.mean - 2 * error else {
        stalls += 1
        return
      }
    }
    lowest = now
    stalls = 0
  }

  /// Forgets the losses so far: the task has become another one.
  package mutating func startOver() {
    (count, sum, squares) = (0, 0, 0)
    (lowest, latest, stalls) = (nil, nil, 0)
  }

  /// What to tell the user; nil while the run learns, as far as can be seen.
  package var warning: String? {
    if idleSteps >= Self.idlePatience {
      return "nothing was learnt from the last \(idleSteps) steps: no loss, or a gradient of zero"
    }
    guard stalls >= Self.patience, let lowest, let latest else { return nil }
    return "the run may have stopped learning: the loss has not fallen since step \(lowest.step)"
      + " (\(NumberText.short(lowest.mean)) then, \(NumberText.short(latest.mean)) now)"
  }

  /// Whether the last step was the one that made the watch speak of steps without a gradient.
  package var hasJustIdled: Bool { idleSteps == Self.idlePatience }
}
