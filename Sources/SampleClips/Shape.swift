import Glibc

/// A point or offset of the scene: x to the right, y down, one unit is the height of the frame.
typealias Point = SIMD2<Float>

/// A colour in linear steps of display value, 0...1 a channel.
typealias Colour = SIMD3<Float>

/// The outline of a sprite in its own coordinates, as a signed distance.
enum Shape: Sendable {
  case disc(radius: Float)
  case box(half: Point, rounding: Float)
  /// A regular polygon with a corner pointing up.
  case polygon(sides: Int, radius: Float)
  /// A star with its points at `radius` and its notches at `inner`.
  case star(points: Int, radius: Float, inner: Float)
  /// A disc with smooth teeth of height `depth`.
  case gear(teeth: Int, radius: Float, depth: Float)
  /// A box whose upper and lower edges zigzag in `folds` periods: bellows.
  case folds(half: Point, count: Int, depth: Float)

  /// How far `p` lies outside (negative: inside) the outline; exact near it for the first three, a
  /// bound close enough for one pixel of smoothing for the others.
  func distance(_ p: Point) -> Float {
    switch self {
    case .disc(let radius):
      return length(p) - radius
    case .box(let half, let rounding):
      return boxDistance(p, half - Point(repeating: rounding)) - rounding
    case .polygon(let sides, let radius):
      let sector = 2 * Float.pi / Float(sides)
      let folded = foldedAngle(p, sector: sector)
      return length(p) * cosf(folded) - radius * cosf(sector / 2)
    case .star(let points, let radius, let inner):
      let sector = 2 * Float.pi / Float(points)
      // Between a point at the sector's edge and a notch in its middle the outline is one segment.
      let angle = sector / 2 - abs(foldedAngle(p, sector: sector))
      let q = length(p) * Point(cosf(angle), sinf(angle))
      let tip = Point(radius, 0)
      let notch = inner * Point(cosf(sector / 2), sinf(sector / 2))
      let along = notch - tip
      let normal = Point(along.y, -along.x) / length(along)
      return ((q - tip) * normal).sum()
    case .gear(let teeth, let radius, let depth):
      let wave = cosf(Float(teeth) * atan2f(p.y, p.x))
      let tooth = max(-1, min(1, 2.5 * wave))
      return 0.8 * (length(p) - radius - depth * tooth / 2)
    case .folds(let half, let count, let depth):
      let phase = (p.x / half.x + 1) / 2 * Float(count)
      let zigzag = abs(2 * (phase - phase.rounded(.down)) - 1)
      return boxDistance(p, Point(half.x, half.y - depth * zigzag))
    }
  }

  /// The radius of a circle about the origin that holds the shape.
  var reach: Float {
    switch self {
    case .disc(let radius), .polygon(_, let radius), .star(_, let radius, _): radius
    case .box(let half, _), .folds(let half, _, _): length(half)
    case .gear(_, let radius, let depth): radius + depth
    }
  }

  private func boxDistance(_ p: Point, _ half: Point) -> Float {
    let q = Point(abs(p.x), abs(p.y)) - half
    let outside = Point(max(q.x, 0), max(q.y, 0))
    return length(outside) + min(max(q.x, q.y), 0)
  }

  /// The angle of `p` from upright, brought into the sector about the nearest edge's middle.
  private func foldedAngle(_ p: Point, sector: Float) -> Float {
    let turns = atan2f(p.x, -p.y) / sector
    return (turns - turns.rounded(.down) - 0.5) * sector
  }
}

func length(_ p: Point) -> Float { (p * p).sum().squareRoot() }

func rotated(_ p: Point, by angle: Float) -> Point {
  let (c, s) = (cosf(angle), sinf(angle))
  return Point(c * p.x - s * p.y, s * p.x + c * p.y)
}
