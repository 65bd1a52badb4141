/// What a classifier says of one window of a file.
package struct WindowPrediction: Sendable, Equatable {
  /// Seconds from the beginning of the file.
  package var start: Double
  package var end: Double
  package var prediction: ClipPrediction

  package init(start: Double, end: Double, prediction: ClipPrediction) {
    (self.start, self.end, self.prediction) = (start, end, prediction)
  }
}

/// A stretch of a file over which the windows say the same.
package struct PredictedSegment: Sendable, Equatable {
  /// Seconds from the beginning of the file.
  package var start: Double
  package var end: Double
  /// The mean over its windows.
  package var prediction: ClipPrediction
  package var windows: Int

  /// Merges the windows of a file, which rise, to segments.
  ///
  /// A window answers for the time that is nearer to its middle than to its neighbours', by the mean of all windows
  /// that lie over that middle. Neighbours with the same label, and alike in or out of the set, become one segment;
  /// across a gap between windows nothing is merged.
  package static func merge(_ windows: [WindowPrediction]) -> [PredictedSegment] {
    var segments: [PredictedSegment] = []
    // The first and the last window that may lie over the middle at hand.
    var first = 0
    var last = -1
    for (place, window) in windows.enumerated() {
      let middle = (window.start + window.end) / 2
      while first < place, windows[first].end <= middle { first += 1 }
      while last + 1 < windows.count, windows[last + 1].start <= middle { last += 1 }
      let over = windows[first...max(first, last)].filter { $0.start <= middle && $0.end > middle }
      let mean = mean(over.isEmpty ? [window.prediction] : over.map(\.prediction))
      let before = place > 0 ? windows[place - 1] : nil
      let after = place + 1 < windows.count ? windows[place + 1] : nil
      let joinsBefore = before.map { $0.end >= window.start - 1e-3 } ?? false
      let start =
        joinsBefore ? border(before, window) ?? window.start : window.start
      let end =
        after.map { window.end >= $0.start - 1e-3 } ?? false
        ? border(window, after) ?? window.end : window.end
      if joinsBefore, let segment = segments.last,
        segment.prediction.label == mean.label, segment.prediction.isOutOfSet == mean.isOutOfSet
      {
        segments[segments.count - 1].end = end
        segments[segments.count - 1].add(mean)
      } else {
        segments.append(
          PredictedSegment(start: start, end: end, prediction: mean, windows: 1))
      }
    }
    return segments
  }

  /// Half way between the middles of two windows.
  private static func border(_ a: WindowPrediction?, _ b: WindowPrediction?) -> Double? {
    guard let a, let b else { return nil }
    return (a.start + a.end + b.start + b.end) / 4
  }

  private mutating func add(_ other: ClipPrediction) {
    let share = 1 / Double(windows + 1)
    for place in prediction.probabilities.indices {
      prediction.probabilities[place] +=
        share * (other.probabilities[place] - prediction.probabilities[place])
    }
    prediction.strangeness += share * (other.strangeness - prediction.strangeness)
    windows += 1
  }

  /// The mean of the probabilities; out of the set where most are.
  private static func mean(_ predictions: [ClipPrediction]) -> ClipPrediction {
    var mean = predictions[0]
    let count = Double(predictions.count)
    for place in mean.probabilities.indices {
      mean.probabilities[place] = predictions.reduce(0) { $0 + $1.probabilities[place] } / count
    }
    mean.strangeness = predictions.reduce(0) { $0 + $1.strangeness } / count
    mean.isOutOfSet = 2 * predictions.count(where: \.isOutOfSet) > predictions.count
    return mean
  }
}
