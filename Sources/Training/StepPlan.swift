import NeuralNetworks

/// How long a run is to be.
package enum RunLength: Sendable, Equatable {
  case steps(Int)
  case epochs(Int)
  /// Minutes of wall time, evaluations included.
  case minutes(Double)
}

/// As `config.json` has it: `{"steps": 500}`.
extension RunLength: Codable {
  private enum Unit: String, CodingKey { case steps, epochs, minutes }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Unit.self)
    if let steps = try values.decodeIfPresent(Int.self, forKey: .steps) {
      self = .steps(steps)
    } else if let epochs = try values.decodeIfPresent(Int.self, forKey: .epochs) {
      self = .epochs(epochs)
    } else {
      self = .minutes(try values.decode(Double.self, forKey: .minutes))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Unit.self)
    switch self {
    case .steps(let steps): try values.encode(steps, forKey: .steps)
    case .epochs(let epochs): try values.encode(epochs, forKey: .epochs)
    case .minutes(let minutes): try values.encode(minutes, forKey: .minutes)
    }
  }
}

/// How many steps a run takes, and the learning rate of each.
///
/// A run of so many steps or epochs knows its total from the start. A run of so many minutes
/// guesses it from the time that steps have taken, after 20 steps and again, each time a quarter
/// further on, until four fifths of it are behind; then the total stays. The guess is part of every
/// checkpoint, so that a resumed run follows the same curve, and the cosine comes to its end when
/// the time does. Such a run is as reproducible as the clock is; one of so many steps is
/// reproducible to the bit.
package struct StepPlan: Sendable, Codable, Equatable {
  /// The number of steps, once it is known.
  package private(set) var total: Int?
  /// The step at which the total is guessed (again); nil when it is final.
  package private(set) var nextGuess: Int?
  /// Seconds that the run may take; nil without a limit.
  package let limit: Double?

  package static let firstGuess = 20

  package init(_ length: RunLength, stepsPerEpoch: Int) {
    switch length {
    case .steps(let steps):
      total = max(0, steps)
      limit = nil
    case .epochs(let epochs):
      total = max(0, epochs * max(1, stepsPerEpoch))
      limit = nil
    case .minutes(let minutes):
      nextGuess = Self.firstGuess
      limit = minutes * 60
    }
  }

  /// Guesses the total at `step` if it is time to: `elapsed` seconds have gone by since the run
  /// began, a step takes `secondsPerStep` with its share of the evaluations, and `reserve` seconds
  /// are wanted for what comes after the last step.
  package mutating func guess(
    at step: Int, elapsed: Double, secondsPerStep: Double, reserve: Double
  ) {
    guard let next = nextGuess, let limit, step >= next else { return }
    let left = max(0, limit - elapsed - reserve)
    let steps = step + Int(min(left / max(secondsPerStep, 1e-6), 1e9))
    total = steps
    nextGuess = 5 * step > 4 * steps ? nil : step + max(Self.firstGuess, step / 4)
  }

  /// Whether the run is over before step `step`.
  package func isOver(at step: Int, elapsed: Double, reserve: Double) -> Bool {
    if let total, step >= total { return true }
    if let limit, elapsed + reserve >= limit { return true }
    return false
  }

  /// The learning rate of step `step`: warm-up over `warmup` steps, at most a quarter of the run,
  /// then half a cosine. While the total is not known the rate does not fall.
  package func rate(_ step: Int, peak: Double, warmup: Int, floor: Double) -> Double {
    guard let total else {
      return min(1, Double(step + 1) / Double(max(1, warmup))) * peak
    }
    return WarmupCosine(peak: peak, warmup: min(warmup, total / 4), total: total, floor: floor)
      .rate(step)
  }
}
