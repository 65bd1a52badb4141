import TensorCore

/// One sudden happening that is seen and heard: a strike, a bounce, a step.
struct Impact: Sendable {
  /// Seconds from the beginning of the clip; may lie a little before or after it.
  var time: Double
  /// 0...1.
  var strength: Double
}

/// How the moving part of an object moves: one number over time, how hard it works, and its impacts.
struct Motion: Sendable {
  /// Steps of the tables a second.
  static let rate = 500.0
  /// What moves: a position, an angle in radians, a lift, an extension, a brightness.
  private let values: [Double]
  /// How hard it works, 0...1: what pitch and loudness follow where there are no impacts.
  private let efforts: [Double]
  let impacts: [Impact]

  init(values: [Double], efforts: [Double], impacts: [Impact] = []) {
    precondition(values.count == efforts.count && !values.isEmpty, "motion tables of equal length")
    self.values = values
    self.efforts = efforts
    self.impacts = impacts
  }

  /// A motion without impacts, whose effort is its speed as a share of its highest.
  init(moving values: [Double], reachingFullEffortAt fullSpeed: Double) {
    let efforts = values.indices.map { index in
      let (before, after) = (max(index - 1, 0), min(index + 1, values.count - 1))
      let speed = (values[after] - values[before]) * Self.rate / Double(max(after - before, 1))
      return min(1, abs(speed) / fullSpeed)
    }
    self.init(values: values, efforts: efforts)
  }

  func value(at time: Double) -> Double { Self.interpolate(values, time) }
  func effort(at time: Double) -> Double { Self.interpolate(efforts, time) }

  private static func interpolate(_ table: [Double], _ time: Double) -> Double {
    let place = max(0, min(Double(table.count - 1), time * rate))
    let index = min(Int(place), max(table.count - 2, 0))
    let next = min(index + 1, table.count - 1)
    return table[index] + (table[next] - table[index]) * (place - Double(index))
  }
}

/// Impacts at random intervals, from before the beginning to after the end.
func randomImpacts(
  duration: Double, intervals: ClosedRange<Double>, strengths: ClosedRange<Double>,
  _ random: inout CounterRandom
) -> [Impact] {
  var impacts: [Impact] = []
  var time = -intervals.upperBound * (1 + random.uniform(0...1))
  while time < duration + 2 * intervals.upperBound {
    impacts.append(Impact(time: time, strength: random.uniform(strengths)))
    time += random.uniform(intervals)
  }
  return impacts
}
