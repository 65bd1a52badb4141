import Glibc
import TensorCore

/// An object of some kind, its looks, its place and its motion.
struct Actor: Sendable {
  let kind: ClipKind
  let motion: Motion
  /// Where its middle rests.
  let home: Point
  /// Factor on its size; larger things sound lower.
  let size: Float
  /// -1 for its mirror image, else 1.
  private let side: Float
  private let dark: Colour
  private let light: Colour
  private let accent: Colour
  /// Its number in masks.
  let object: UInt8

  init(
    _ kind: ClipKind, motion: Motion, home: Point, size: Float, object: UInt8,
    _ random: inout CounterRandom
  ) {
    self.kind = kind
    self.motion = motion
    self.home = home
    self.size = size
    self.object = object
    side = random.integer(below: 2) == 0 ? 1 : -1
    dark = .random(brightness: 0.08...0.3, &random)
    light = .random(brightness: 0.75...1, &random)
    accent = .random(brightness: 0.5...0.95, &random)
  }

  /// Its parts at `time`, back to front, with its middle moved from home by `offset`.
  func sprites(at time: Double, offset: Point = .zero) -> [Sprite] {
    let value = Float(motion.value(at: time))
    let effort = Float(motion.effort(at: time))
    let middle = home + offset
    switch kind {
    case .bell, .drum: return struckPlate(middle, lift: value, shake: effort)
    case .slider: return slidingBox(middle, place: value)
    case .orbiter: return orbitingTriangle(middle, angle: value)
    case .wheel, .ratchet: return toothedWheel(middle, angle: value)
    case .ball: return bouncingBall(middle, height: value, squash: effort)
    case .lamp: return flashingStar(middle, brightness: value)
    case .pendulum: return swingingBob(middle, swing: value)
    case .bellows: return drawnBellows(middle, extension: value)
    }
  }

  private func struckPlate(_ middle: Point, lift: Float, shake: Float) -> [Sprite] {
    let angle = 0.95 * lift
    let head = Point(0.34 - 0.4 * cosf(angle), -0.16 - 0.4 * sinf(angle))
    let handle = (head + Point(0.34, -0.16)) / 2
    return [
      part(
        .disc(radius: 0.24), .rings, 10, at: Point(-0.08, 0.13 + 0.03 * shake), about: middle),
      part(
        .box(half: Point(0.2, 0.018), rounding: 0.01), .plain, 1, at: handle, about: middle,
        angle: angle),
      part(.disc(radius: 0.06), .plain, 1, at: head, about: middle),
    ]
  }

  private func slidingBox(_ middle: Point, place: Float) -> [Sprite] {
    [
      part(
        .box(half: Point(0.54, 0.02), rounding: 0.01), .plain, 1, at: Point(0, 0.19),
        about: middle, isFixture: true),
      part(
        .box(half: Point(0.17, 0.17), rounding: 0.03), .checks, 12, at: Point(0.36 * place, 0),
        about: middle),
    ]
  }

  private func orbitingTriangle(_ middle: Point, angle: Float) -> [Sprite] {
    let arm = Point(cosf(angle), sinf(angle))
    return [
      part(
        .box(half: Point(0.12, 0.014), rounding: 0.01), .plain, 1, at: 0.12 * arm, about: middle,
        angle: angle),
      part(.disc(radius: 0.045), .plain, 1, at: .zero, about: middle),
      part(
        .polygon(sides: 3, radius: 0.22), .stripes, 12, at: 0.23 * arm, about: middle,
        angle: angle + .pi / 2),
    ]
  }

  private func toothedWheel(_ middle: Point, angle: Float) -> [Sprite] {
    [
      part(
        .gear(teeth: 8, radius: 0.29, depth: 0.09), .sectors(4), 1, at: .zero, about: middle,
        angle: angle),
      part(.disc(radius: 0.06), .plain, 1, at: .zero, about: middle),
    ]
  }

  private func bouncingBall(_ middle: Point, height: Float, squash: Float) -> [Sprite] {
    let flat = 0.25 * squash * squash
    let stretch = Point(1 + flat, 1 - flat)
    return [
      part(
        .box(half: Point(0.42, 0.02), rounding: 0.01), .plain, 1, at: Point(0, 0.37),
        about: middle, isFixture: true),
      part(
        .disc(radius: 0.155), .dots, 13,
        at: Point(0, 0.35 - 0.155 * stretch.y - 0.42 * height), about: middle, stretch: stretch),
    ]
  }

  private func flashingStar(_ middle: Point, brightness: Float) -> [Sprite] {
    [
      part(
        .box(half: Point(0.02, 0.2), rounding: 0.01), .plain, 1, at: Point(0, 0.25),
        about: middle),
      part(
        .star(points: 5, radius: 0.31, inner: 0.14), .sectors(10), 1, at: Point(0, -0.05),
        about: middle,
        stretch: Point(repeating: 1 + 0.12 * brightness), glow: 0.4 + 1.1 * brightness),
    ]
  }

  private func swingingBob(_ middle: Point, swing: Float) -> [Sprite] {
    let angle = 0.6 * swing
    let down = Point(-sinf(angle), cosf(angle))
    let pivot = Point(0, -0.42)
    return [
      part(
        .box(half: Point(0.015, 0.3), rounding: 0.01), .plain, 1, at: pivot + 0.3 * down,
        about: middle, angle: angle),
      part(.disc(radius: 0.035), .plain, 1, at: pivot, about: middle),
      part(
        .polygon(sides: 6, radius: 0.17), .stripes, 8, at: pivot + 0.62 * down, about: middle,
        angle: angle),
    ]
  }

  private func drawnBellows(_ middle: Point, extension amount: Float) -> [Sprite] {
    let stretch = 1 + 0.62 * amount
    let body = Sprite(
      shape: .folds(half: Point(0.27, 0.2), count: 7, depth: 0.05),
      texture: Texture(
        pattern: .stripes, dark: dark, light: light, frequency: 7 / 0.54, phase: Point(0.25, 0)),
      centre: middle, stretch: Point(stretch, 1) * size, object: object)
    let ends = [Float(-1), 1].map { end in
      part(
        .box(half: Point(0.03, 0.24), rounding: 0.015), .plain, 1,
        at: Point(end * 0.27 * stretch, 0), about: middle)
    }
    return [body] + ends
  }

  /// One part at `place` from the object's middle, mirrored and scaled as the object is. Fixtures
  /// (rails, floors) are not part of the object in masks.
  private func part(
    _ shape: Shape, _ pattern: Texture.Pattern, _ frequency: Float, at place: Point,
    about middle: Point, angle: Float = 0, stretch: Point = Point(1, 1), glow: Float = 1,
    isFixture: Bool = false
  ) -> Sprite {
    let isPlain = if case .plain = pattern { true } else { false }
    return Sprite(
      shape: shape,
      texture: Texture(
        pattern: pattern, dark: dark, light: isPlain ? accent : light, frequency: frequency),
      centre: middle + size * Point(side * place.x, place.y), angle: side * angle,
      stretch: stretch * size, brightness: glow, object: isFixture ? 0 : object)
  }
}
