import Glibc
import TensorCore

extension Motion {
  /// The motion of an object of `kind`, drawn anew for every clip.
  init(_ kind: ClipKind, duration: Double, _ random: inout CounterRandom) {
    switch kind {
    case .bell, .drum: self = .struck(duration, &random)
    case .ratchet: self = .stepping(duration, &random)
    case .wheel: self = .turning(duration, &random)
    case .ball: self = .bouncing(duration, &random)
    case .lamp: self = .flashing(duration, &random)
    case .slider: self = .swaying(duration, period: 0.85...1.15, &random)
    case .pendulum: self = .swaying(duration, period: 1.0...1.35, &random)
    case .bellows: self = .swaying(duration, period: 0.8...1.1, &random)
    case .orbiter: self = .orbiting(duration, &random)
    }
  }

  private static func table(_ duration: Double, _ value: (Double) -> Double) -> [Double] {
    (0...Int(duration * rate)).map { value(Double($0) / rate) }
  }

  /// The impact before `time`, the one after it, and how far between them `time` is, 0...1.
  private static func between(_ impacts: [Impact], _ time: Double) -> (Impact, Impact, Double) {
    let after = max(1, impacts.firstIndex { $0.time > time } ?? impacts.count - 1)
    let (a, b) = (impacts[after - 1], impacts[after])
    return (a, b, max(0, min(1, (time - a.time) / (b.time - a.time))))
  }

  /// A mallet's lift, 0 at each strike; the higher the swing, the harder the strike that ends it.
  private static func struck(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    let impacts = randomImpacts(
      duration: duration, intervals: 0.3...0.5, strengths: 0.3...1, &random)
    let values = table(duration) { time in
      let (_, next, share) = between(impacts, time)
      return next.strength * sin(.pi * share)
    }
    return Motion(values: values, efforts: strike(impacts, duration), impacts: impacts)
  }

  /// A ball's height under gravity; the longer the flight, the harder the landing.
  private static func bouncing(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    var impacts = randomImpacts(
      duration: duration, intervals: 0.34...0.6, strengths: 1...1, &random)
    for index in impacts.indices.dropFirst() {
      impacts[index].strength = (impacts[index].time - impacts[index - 1].time) / 0.6
    }
    let values = table(duration) { time in
      let (before, next, share) = between(impacts, time)
      let flight = (next.time - before.time) / 0.6
      return flight * flight * 4 * share * (1 - share)
    }
    return Motion(values: values, efforts: strike(impacts, duration), impacts: impacts)
  }

  /// An angle that jumps: each step takes 30 ms. The start is uniform over the circle, as in `turning`.
  private static func stepping(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    let impacts = randomImpacts(
      duration: duration, intervals: 0.18...0.36, strengths: 0.3...1, &random)
    let start = random.uniform(0...2 * .pi)
    let direction: Double = random.integer(below: 2) == 0 ? 1 : -1
    let values = table(duration) { time in
      impacts.reduce(start) { angle, impact in
        let share = max(0, min(1, (time - impact.time) / 0.03))
        return angle + direction * 0.55 * impact.strength * share
      }
    }
    return Motion(values: values, efforts: strike(impacts, duration), impacts: impacts)
  }

  /// An angle that grows smoothly, faster and slower in turns.
  private static func turning(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    let start = random.uniform(0...2 * .pi)
    let direction: Double = random.integer(below: 2) == 0 ? 1 : -1
    let mean = random.uniform(1.8...2.8)
    let beat = random.uniform(0.4...0.8)
    let phase = random.uniform(0...2 * .pi)
    let values = table(duration) { time in
      start + direction * mean
        * (time - 0.55 * cos(2 * .pi * beat * time + phase) / (2 * .pi * beat))
    }
    return Motion(moving: values, reachingFullEffortAt: 4.4)
  }

  /// An angle that surges about twice a second.
  private static func orbiting(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    let start = random.uniform(0...2 * .pi)
    let direction: Double = random.integer(below: 2) == 0 ? 1 : -1
    let mean = random.uniform(3.6...5)
    let beat = random.uniform(1.7...2.3)
    let phase = random.uniform(0...2 * .pi)
    let values = table(duration) { time in
      start + direction * mean
        * (time - 0.85 * cos(2 * .pi * beat * time + phase) / (2 * .pi * beat))
    }
    return Motion(moving: values, reachingFullEffortAt: 9.25)
  }

  /// To and fro within -1...1, the swing growing and shrinking slowly.
  private static func swaying(
    _ duration: Double, period: ClosedRange<Double>, _ random: inout CounterRandom
  ) -> Motion {
    let period = random.uniform(period)
    let phase = random.uniform(0...2 * .pi)
    let slow = random.uniform(0.2...0.45)
    let slowPhase = random.uniform(0...2 * .pi)
    let values = table(duration) { time in
      let swing = 0.75 + 0.25 * sin(2 * .pi * slow * time + slowPhase)
      return swing * sin(2 * .pi * time / period + phase)
    }
    return Motion(moving: values, reachingFullEffortAt: 2 * .pi / period)
  }

  /// A brightness of 0 with soft-edged flashes of random height.
  private static func flashing(_ duration: Double, _ random: inout CounterRandom) -> Motion {
    let flashes = randomImpacts(
      duration: duration, intervals: 0.28...0.45, strengths: 0.35...1, &random)
    let lasting = random.uniform(0.14...0.2)
    let values = table(duration) { time in
      flashes.reduce(0) { brightness, flash in
        let share = (time - flash.time) / lasting
        guard share > 0, share < 1 else { return brightness }
        return max(brightness, flash.strength * min(1, 6 * min(share, 1 - share)))
      }
    }
    return Motion(values: values, efforts: values)
  }

  /// The effort of struck things: it leaps at each impact and dies away within a fifth of a second.
  private static func strike(_ impacts: [Impact], _ duration: Double) -> [Double] {
    table(duration) { time in
      impacts.reduce(0) { effort, impact in
        guard time >= impact.time else { return effort }
        return max(effort, impact.strength * exp((impact.time - time) / 0.07))
      }
    }
  }
}
