import TensorCore

/// One labelled clip: frames and sound as functions of a seed and a number, nothing stored.
package struct SampleClip: Sendable {
  /// Seconds of every clip.
  package static let duration = 4.0
  /// Width over height of every clip.
  package static let aspect = 4.0 / 3

  package let kind: ClipKind
  /// 1...`ClipKind.clipsPerKind` in the full set; any number gives a clip.
  package let number: Int
  private let seed: UInt64
  private let actor: Actor
  private let scenery: Scenery

  package init(_ kind: ClipKind, number: Int, seed: UInt64) {
    self.kind = kind
    self.number = number
    self.seed = seed
    // Scenery and looks draw from streams of their own, keyed by the clip and not by its class.
    var random = Self.random(kind, number, seed, step: 0)
    let motion = Motion(kind, duration: Self.duration, &random)
    let home = Point(Float(random.uniform(-0.07...0.07)), Float(random.uniform(-0.03...0.03)))
    actor = Actor(
      kind, motion: motion, home: home, size: Float(random.uniform(0.85...1.12)), object: 1, &random
    )
    var surroundings = Self.random(kind, number, seed, step: 1)
    scenery = Scenery(&surroundings)
  }

  private static func random(_ kind: ClipKind, _ number: Int, _ seed: UInt64, step: Int)
    -> CounterRandom
  {
    let index = ClipKind.allCases.firstIndex(of: kind) ?? 0
    return CounterRandom(
      seed: seed, purpose: .rendering, epoch: index, video: number, step: step)
  }

  /// The class's name.
  package var label: String { kind.rawValue }

  /// The path of the clip's file within the folder of clips, such as `bell/bell-01.mp4`.
  package var path: String { "\(label)/\(label)-\(number < 10 ? "0" : "")\(number).mp4" }

  /// RGB bytes of the frame at `time` seconds, `height * width * 3`, row-major.
  package func frame(at time: Double, width: Int, height: Int) -> [UInt8] {
    canvas(at: time, width: width, height: height).pixels()
  }

  /// 1 where the clip's object is seen at `time`, else 0; `height * width`, row-major.
  package func mask(at time: Double, width: Int, height: Int) -> [UInt8] {
    canvas(at: time, width: width, height: height).mask
  }

  private func canvas(at time: Double, width: Int, height: Int) -> Canvas {
    scenery.canvas(width: width, height: height, at: time, objects: actor.sprites(at: time))
  }

  /// The whole clip's sound, mono in -1...1, at `rate` samples a second.
  package func sound(rate: Int) -> [Float] {
    Voice.render(
      kind, actor.motion, size: actor.size, duration: Self.duration, rate: rate,
      Self.random(kind, number, seed, step: 2))
  }

  /// How hard the object works at `time`, 0...1: what its loudness follows.
  package func effort(at time: Double) -> Double { actor.motion.effort(at: time) }

  /// Where the moving part is at `time`: an angle (radians), lift, place, extension or brightness.
  package func motion(at time: Double) -> Double { actor.motion.value(at: time) }

  /// The moments and strengths (0...1) of strikes, bounces or steps within the clip, in order.
  package var impacts: [(time: Double, strength: Double)] {
    actor.motion.impacts.filter { (0..<Self.duration).contains($0.time) }
      .map { ($0.time, $0.strength) }
  }
}
