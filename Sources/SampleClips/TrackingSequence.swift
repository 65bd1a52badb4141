import Glibc
import TensorCore

/// A short sequence with exact masks, for label propagation: one object, or two that cross.
package struct TrackingSequence: Sendable {
  /// Frames of every sequence.
  package static let frameCount = 30
  /// Width over height of every sequence.
  package static let aspect = 4.0 / 3
  /// Seconds of the objects' own motion from frame to frame.
  private static let step = 0.05

  package let name: String
  private let actors: [Actor]
  private let scenery: Scenery
  /// How far an actor goes to either side on its way across, in frame heights; 0 to stay.
  private let reach: Float

  /// The eight sequences of a seed, in the order of their names.
  package static func all(seed: UInt64) -> [TrackingSequence] {
    let casts: [(String, [ClipKind])] = [
      ("ball-bounces", [.ball]), ("ball-passes-star", [.ball, .lamp]),
      ("bellows-breathe", [.bellows]), ("bob-passes-bellows", [.pendulum, .bellows]),
      ("bob-swings", [.pendulum]), ("box-slides", [.slider]),
      ("star-passes-wheel", [.lamp, .wheel]), ("wheel-passes-triangle", [.wheel, .orbiter]),
    ]
    return casts.enumerated().map { index, cast in
      TrackingSequence(name: cast.0, kinds: cast.1, number: index, seed: seed)
    }
  }

  private init(name: String, kinds: [ClipKind], number: Int, seed: UInt64) {
    self.name = name
    let isCrossing = kinds.count > 1
    reach = isCrossing ? 0.38 : 0
    actors = kinds.enumerated().map { index, kind in
      var random = CounterRandom(
        seed: seed, purpose: .rendering, epoch: 1000 + index, video: number, step: 0)
      let duration = Double(Self.frameCount) * Self.step
      return Actor(
        kind, motion: Motion(kind, duration: duration, &random), home: .zero,
        size: Float(isCrossing ? random.uniform(0.65...0.8) : random.uniform(0.9...1.1)),
        object: UInt8(index + 1), &random)
    }
    var surroundings = CounterRandom(
      seed: seed, purpose: .rendering, epoch: 1000, video: number, step: 1)
    scenery = Scenery(&surroundings)
  }

  /// RGB bytes and object numbers of one frame, each row-major.
  package func frame(_ index: Int, width: Int, height: Int) -> (pixels: [UInt8], mask: [UInt8]) {
    let time = Double(index) * Self.step
    let share = Float(index) / Float(Self.frameCount - 1)
    // The second actor goes the other way and in front; their ways meet in the middle.
    let way = -cosf(.pi * share) * reach
    let sprites = actors.enumerated().flatMap { order, actor in
      actor.sprites(at: time, offset: Point(order == 0 ? way : -way, 0))
    }
    let canvas = scenery.canvas(width: width, height: height, at: time, objects: sprites)
    return (canvas.pixels(), canvas.mask)
  }
}
