/// One textured shape in its place.
struct Sprite: Sendable {
  var shape: Shape
  var texture: Texture
  var centre: Point
  var angle: Float = 0
  /// Stretch along the sprite's own axes, applied before the rotation.
  var stretch: Point = Point(1, 1)
  /// Factor on the texture's colours.
  var brightness: Float = 1
  /// The number of the object that the sprite belongs to in masks; 0 for scenery.
  var object: UInt8 = 0
}

/// Where the camera stands: the scene is moved and turned by its opposite.
struct Camera: Sendable {
  var centre: Point = .zero
  var angle: Float = 0
}

/// A picture being drawn, back to front, together with the mask of the objects in it.
struct Canvas {
  let width: Int
  let height: Int
  private let camera: Camera
  /// Row-major colours.
  private var colours: [Colour]
  /// Row-major object numbers.
  private(set) var mask: [UInt8]

  init(width: Int, height: Int, camera: Camera, background: Texture) {
    self.width = width
    self.height = height
    self.camera = camera
    colours = Array(repeating: .zero, count: width * height)
    mask = Array(repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width {
        colours[y * width + x] = background.colour(scenePoint(x, y))
      }
    }
  }

  /// Draws `sprite` over what is there; pixels at least half covered take its object number.
  ///
  /// `parallax` is the share by which it moves against the camera more than the scene does: nearer
  /// things shake more.
  mutating func draw(_ sprite: Sprite, parallax: Float = 0) {
    let centre = sprite.centre - parallax * camera.centre
    let pixel = 1 / Float(height)
    let scale = min(sprite.stretch.x, sprite.stretch.y)
    let reach = sprite.shape.reach * max(sprite.stretch.x, sprite.stretch.y) + 2 * pixel
    let seen = rotated(centre - camera.centre, by: -camera.angle) * Float(height)
    let middle = seen + Point(Float(width), Float(height)) / 2
    let span = reach * Float(height)
    let columns = clampedRange(middle.x - span, middle.x + span, width)
    let rows = clampedRange(middle.y - span, middle.y + span, height)
    let (along, across) = (
      rotated(Point(1, 0), by: sprite.angle), rotated(Point(0, 1), by: sprite.angle)
    )
    for y in rows {
      for x in columns {
        let offset = scenePoint(x, y) - centre
        let local =
          Point((offset * along).sum(), (offset * across).sum()) / sprite.stretch
        let inside = -sprite.shape.distance(local) * scale / pixel
        let cover = max(0, min(1, inside + 0.5))
        if cover <= 0 { continue }
        // A dark rim keeps the outline visible whatever the colours are.
        let rim: Float = inside < 1.6 ? 0.35 : 1
        var colour = sprite.texture.colour(local) * (sprite.brightness * rim)
        colour.clamp(lowerBound: .zero, upperBound: Colour(repeating: 1))
        let place = y * width + x
        colours[place] += (colour - colours[place]) * cover
        if cover >= 0.5 { mask[place] = sprite.object }
      }
    }
  }

  /// The picture as RGB bytes, row-major.
  func pixels() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: colours.count * 3)
    for (index, colour) in colours.enumerated() {
      let scaled = (colour * 255).rounded(.toNearestOrEven)
      for channel in 0..<3 {
        bytes[index * 3 + channel] = UInt8(max(0, min(255, scaled[channel])))
      }
    }
    return bytes
  }

  /// The point of the scene under the middle of a pixel.
  private func scenePoint(_ x: Int, _ y: Int) -> Point {
    let p = Point(Float(x) + 0.5 - Float(width) / 2, Float(y) + 0.5 - Float(height) / 2)
    return rotatedByCamera(p / Float(height)) + camera.centre
  }

  // Camera angles stay below a few degrees: the second-order rotation saves two calls a pixel.
  private func rotatedByCamera(_ p: Point) -> Point {
    let a = camera.angle
    let c = 1 - a * a / 2
    return Point(c * p.x - a * p.y, a * p.x + c * p.y)
  }

  private func clampedRange(_ low: Float, _ high: Float, _ bound: Int) -> Range<Int> {
    let first = max(0, min(bound, Int(low.rounded(.down))))
    return first..<max(first, min(bound, Int(high.rounded(.up)) + 1))
  }
}
