import Glibc
import TensorCore

/// A pattern of two colours over the plane, soft at its edges so that small frames do not alias.
struct Texture: Sendable {
  enum Pattern: Sendable {
    case stripes, checks, dots, rings, sectors(Int), noise, plain
  }
  var pattern: Pattern
  var dark: Colour
  var light: Colour
  /// Periods of the pattern a unit of length.
  var frequency: Float
  var phase: Point = .zero

  func colour(_ p: Point) -> Colour { dark + (light - dark) * weight(p) }

  /// The share of the light colour at `p`, 0...1.
  private func weight(_ p: Point) -> Float {
    let q = p * frequency + phase
    switch pattern {
    case .stripes: return soft(sinf(2 * .pi * q.x))
    case .checks: return soft(2 * sinf(.pi * q.x) * sinf(.pi * q.y))
    case .dots:
      let cell = q - q.rounded(.toNearestOrEven)
      return max(0, min(1, (0.32 - length(cell)) * 8 + 0.5))
    case .rings: return soft(sinf(2 * .pi * length(p) * frequency))
    case .sectors(let count): return soft(1.5 * cosf(Float(count) * atan2f(p.y, p.x)))
    case .noise: return 0.65 * latticeNoise(q) + 0.35 * latticeNoise(2.3 * q + Point(17, 5))
    case .plain: return 1
    }
  }

  private func soft(_ wave: Float) -> Float { max(0, min(1, wave * 1.4 + 0.5)) }
}

/// Smooth random values on the integer lattice, 0...1.
private func latticeNoise(_ p: Point) -> Float {
  let base = p.rounded(.down)
  let f = p - base
  let s = f * f * (3 - 2 * f)
  let (x, y) = (Int32(base.x), Int32(base.y))
  let top = latticeValue(x, y) * (1 - s.x) + latticeValue(x &+ 1, y) * s.x
  let bottom = latticeValue(x, y &+ 1) * (1 - s.x) + latticeValue(x &+ 1, y &+ 1) * s.x
  return top * (1 - s.y) + bottom * s.y
}

private func latticeValue(_ x: Int32, _ y: Int32) -> Float {
  var h = UInt32(bitPattern: x) &* 0x85EB_CA6B ^ UInt32(bitPattern: y) &* 0xC2B2_AE35
  h = (h ^ h >> 15) &* 0x2C1B_3C6D
  h = (h ^ h >> 12) &* 0x297A_2D39
  return Float((h ^ h >> 15) >> 8) * 0x1p-24
}

extension Colour {
  /// A colour of any hue with the given brightness, so that hue alone tells nothing of the class.
  static func random(brightness: ClosedRange<Double>, _ random: inout CounterRandom) -> Colour {
    let hue = Float(random.uniform(0...6))
    let saturation = Float(random.uniform(0.25...0.75))
    let value = Float(random.uniform(brightness))
    func channel(_ offset: Float) -> Float {
      let k = (hue + offset).truncatingRemainder(dividingBy: 6)
      return value * (1 - saturation * Swift.max(0, Swift.min(k, 4 - k, 1)))
    }
    return Colour(channel(5), channel(3), channel(1))
  }
}
