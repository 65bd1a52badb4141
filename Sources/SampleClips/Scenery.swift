import Glibc
import TensorCore

/// What surrounds the objects of a clip: background, shaking camera, silent movers, occluders.
///
/// None of it depends on the class of the clip, so that it teaches nothing about it.
struct Scenery: Sendable {
  let background: Texture
  private let shakes: [Wave]
  private let distractors: [Distractor]
  private let occluder: Occluder?

  private struct Wave {
    let amplitude: Float
    let frequency: Double
    let phase: Double
    func value(_ time: Double) -> Float {
      amplitude * Float(sin(2 * .pi * frequency * time + phase))
    }
  }
  /// A small thing that wanders without a sound, behind or before the object.
  private struct Distractor {
    let sprite: Sprite
    let across: Wave
    let down: Wave
    let isInFront: Bool
  }
  /// A post between the camera and the scene.
  private struct Occluder {
    let sprite: Sprite
    let speed: Float
  }

  init(_ random: inout CounterRandom) {
    func wave(_ amplitude: ClosedRange<Double>, _ frequency: ClosedRange<Double>) -> Wave {
      Wave(
        amplitude: Float(random.uniform(amplitude)), frequency: random.uniform(frequency),
        phase: random.uniform(0...2 * .pi))
    }
    let patterns: [Texture.Pattern] = [.noise, .noise, .noise, .stripes, .checks, .dots]
    let pattern = patterns[random.integer(below: patterns.count)]
    let isNoise = if case .noise = pattern { true } else { false }
    let middle = random.uniform(0.35...0.6)
    background = Texture(
      pattern: pattern, dark: .random(brightness: middle - 0.1...middle - 0.05, &random),
      light: .random(brightness: middle + 0.05...middle + 0.15, &random),
      frequency: Float(random.uniform(isNoise ? 4...7 : 2...4)),
      phase: Point(Float(random.uniform(20...60)), Float(random.uniform(20...60))))
    shakes = [
      wave(0.004...0.012, 0.5...1.2), wave(0.002...0.005, 1.5...2.5),
      wave(0.004...0.012, 0.5...1.2), wave(0.002...0.005, 1.5...2.5), wave(0.004...0.02, 0.4...1.2),
    ]
    distractors = (0..<random.integer(below: 3)).map { _ in
      let radius = Float(random.uniform(0.04...0.07))
      let squeeze = Float(random.uniform(0.5...1))
      let texture = Texture(
        pattern: .noise, dark: .random(brightness: 0.1...0.4, &random),
        light: .random(brightness: 0.6...1, &random), frequency: 16,
        phase: Point(Float(random.uniform(0...50)), Float(random.uniform(0...50))))
      let sprite = Sprite(
        shape: .disc(radius: radius), texture: texture,
        centre: Point(Float(random.uniform(-0.4...0.4)), Float(random.uniform(-0.35...0.35))),
        angle: Float(random.uniform(0...3)), stretch: Point(1, squeeze))
      return Distractor(
        sprite: sprite, across: wave(0.1...0.3, 0.15...0.5), down: wave(0.05...0.2, 0.15...0.5),
        isInFront: random.integer(below: 2) == 0)
    }
    guard random.integer(below: 2) == 0 else {
      occluder = nil
      return
    }
    let texture = Texture(
      pattern: .noise, dark: .random(brightness: 0.1...0.4, &random),
      light: .random(brightness: 0.4...0.8, &random), frequency: 7)
    let speed = Float(random.uniform(-0.12...0.12))
    let post = Sprite(
      shape: .box(half: Point(Float(random.uniform(0.03...0.055)), 1), rounding: 0),
      texture: texture,
      centre: Point(Float(random.uniform(-0.4...0.4)) - 2 * speed, 0),
      angle: Float(random.uniform(-0.25...0.25)))
    occluder = Occluder(sprite: post, speed: speed)
  }

  func camera(at time: Double) -> Camera {
    Camera(
      centre: Point(
        shakes[0].value(time) + shakes[1].value(time),
        shakes[2].value(time) + shakes[3].value(time)),
      angle: shakes[4].value(time))
  }

  /// Draws the scene at `time` with `objects` (back to front) in it.
  func canvas(width: Int, height: Int, at time: Double, objects: [Sprite]) -> Canvas {
    var canvas = Canvas(
      width: width, height: height, camera: camera(at: time), background: background)
    drawDistractors(at: time, inFront: false, on: &canvas)
    for sprite in objects { canvas.draw(sprite) }
    drawDistractors(at: time, inFront: true, on: &canvas)
    if let occluder {
      var post = occluder.sprite
      post.centre.x += occluder.speed * Float(time)
      canvas.draw(post, parallax: 0.5)
    }
    return canvas
  }

  private func drawDistractors(at time: Double, inFront: Bool, on canvas: inout Canvas) {
    for distractor in distractors where distractor.isInFront == inFront {
      var sprite = distractor.sprite
      sprite.centre += Point(distractor.across.value(time), distractor.down.value(time))
      canvas.draw(sprite)
    }
  }
}
