import Glibc
import TensorCore

/// The sound of one object, made from its motion: the same numbers that move it.
struct Voice {
  private let kind: ClipKind
  private let motion: Motion
  /// Samples a second.
  private let rate: Double
  /// Factor on every pitch; larger objects sound lower.
  private let pitch: Double
  private var noise: CounterRandom
  private var samples: [Float]

  private init(
    _ kind: ClipKind, _ motion: Motion, size: Float, duration: Double, rate: Int,
    _ random: CounterRandom
  ) {
    self.kind = kind
    self.motion = motion
    self.rate = Double(rate)
    noise = random
    pitch = noise.uniform(0.85...1.18) / Double(size)
    samples = Array(repeating: 0, count: Int((duration * Double(rate)).rounded()))
  }

  /// The sound of an object over a whole clip: mono, -1...1, `rate` samples a second.
  static func render(
    _ kind: ClipKind, _ motion: Motion, size: Float, duration: Double, rate: Int,
    _ random: CounterRandom
  ) -> [Float] {
    var voice = Voice(kind, motion, size: size, duration: duration, rate: rate, random)
    voice.sing()
    return voice.samples.map { tanhf($0) * 0.9 }
  }

  private mutating func sing() {
    switch kind {
    case .bell: strike(bell, lasting: 1.2)
    case .drum: strike(drum, lasting: 0.5)
    case .ratchet: strike(click, lasting: 0.06)
    case .ball: strike(chirp, lasting: 0.5)
    case .slider, .orbiter: rush()
    case .wheel: hum()
    case .lamp: beep()
    case .pendulum: glide()
    case .bellows: reeds()
    }
    // A faint hiss: no clip is digitally silent between its sounds.
    for index in samples.indices { samples[index] += 0.002 * (noise.uniform() - 0.5) }
  }

  // MARK: Struck

  /// Adds `sound(seconds since the impact)` after every impact, scaled by its strength.
  private mutating func strike(_ sound: (Double) -> Double, lasting: Double) {
    for impact in motion.impacts {
      let first = Int((impact.time * rate).rounded(.up))
      let heard = (first..<first + Int(lasting * rate)).clamped(to: samples.indices)
      let loudness = impact.strength * impact.strength.squareRoot()
      for index in heard {
        samples[index] += Float(loudness * sound(Double(index) / rate - impact.time))
      }
    }
  }

  /// The transverse modes of a free bar: 1 : 2.76 : 5.40 : 8.93, the higher the sooner gone.
  private func bell(_ t: Double) -> Double {
    let f = 560 * pitch
    let onset = min(1, t * 1500)
    return 0.55 * onset
      * (sin(2 * .pi * f * t) * exp(-t / 0.22) + 0.6 * sin(2 * .pi * 2.76 * f * t) * exp(-t / 0.14)
        + 0.4 * sin(2 * .pi * 5.4 * f * t) * exp(-t / 0.09)
        + 0.25 * sin(2 * .pi * 8.93 * f * t) * exp(-t / 0.05))
  }

  /// A membrane whose pitch falls as its first stretch relaxes.
  private func drum(_ t: Double) -> Double {
    let f = 95 * pitch
    let phase = 2 * .pi * f * (t + 0.8 * 0.025 * (1 - exp(-t / 0.025)))
    let slap = sin(2 * .pi * 3.3 * f * t + 2.5 * sin(2 * .pi * 2.1 * f * t)) * exp(-t / 0.018)
    return 1.1 * (sin(phase) + 0.4 * sin(1.6 * phase)) * exp(-t / 0.08) + 0.5 * slap
  }

  /// A click: two high modes that die within milliseconds.
  private func click(_ t: Double) -> Double {
    let f = 2300 * pitch
    return 1.1 * (sin(2 * .pi * f * t) + 0.8 * sin(2 * .pi * 1.73 * f * t)) * exp(-t / 0.009)
  }

  /// A spring: the pitch runs upwards while it dies away.
  private func chirp(_ t: Double) -> Double {
    let f = 260 * pitch
    let phase = 2 * .pi * f * (t + 2.2 * t * t)
    return 0.75 * min(1, t * 400) * (sin(phase) + 0.5 * sin(2 * phase) + 0.3 * sin(3 * phase))
      * exp(-t / 0.1)
  }

  // MARK: Sustained

  /// A band of noise that climbs and swells with the effort (a two-pole state-variable filter).
  private mutating func rush() {
    var (low, band) = (0.0, 0.0)
    for index in samples.indices {
      let effort = motion.effort(at: Double(index) / rate)
      let centre = min((350 + 1900 * effort) * pitch, rate / 7)
      let f = 2 * sin(.pi * centre / rate)
      let high = Double(noise.uniform() - 0.5) - low - 0.5 * band
      band += f * high
      low += f * band
      samples[index] += Float(1.6 * effort * band)
    }
  }

  /// A rich low tone, fluttering as the teeth go by.
  private mutating func hum() {
    let motion = motion
    sustain(frequency: { 65 + 95 * $0 }) { phase, time, effort in
      var sum = 0.0
      for harmonic in 1...9 { sum += sin(Double(harmonic) * phase) / Double(harmonic) }
      let flutter = 0.85 + 0.15 * cos(8 * motion.value(at: time))
      return 0.5 * flutter * (0.05 + effort) * sum
    }
  }

  /// A square wave, on while the light is.
  private mutating func beep() {
    sustain(frequency: { 1000 + 250 * $0 }) { phase, _, effort in
      0.4 * effort * (sin(phase) + sin(3 * phase) / 3 + sin(5 * phase) / 5)
    }
  }

  /// A nearly pure tone that glides up and down with the speed.
  private mutating func glide() {
    sustain(frequency: { 260 + 560 * $0 }) { phase, _, effort in
      0.6 * effort * (sin(phase) + 0.25 * sin(2 * phase))
    }
  }

  /// Three reeds: a major chord of pulse-like tones, bent a little upwards by the flow of air.
  private mutating func reeds() {
    sustain(frequency: { 175 * (1 + 0.06 * $0) }) { phase, _, effort in
      var sum = 0.0
      for note in [1.0, 1.25, 1.5] {
        for harmonic in 1...8 {
          sum += cos(Double(harmonic) * note * phase) / Double(harmonic).squareRoot()
        }
      }
      return 0.09 * effort * sum
    }
  }

  /// Runs a tone whose frequency (before `pitch`) and loudness are functions of the effort.
  private mutating func sustain(
    frequency: (Double) -> Double, _ tone: (_ phase: Double, _ time: Double, Double) -> Double
  ) {
    var phase = 0.0
    for index in samples.indices {
      let time = Double(index) / rate
      let effort = motion.effort(at: time)
      samples[index] += Float(tone(phase, time, effort))
      phase += 2 * .pi * frequency(effort) * pitch / rate
    }
  }
}
