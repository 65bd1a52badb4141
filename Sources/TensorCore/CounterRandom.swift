import CKernels

/// What a random draw is for; part of the key of its stream, so that no two uses share numbers.
/// The raw values are written into the key: never renumber, only append.
package enum RandomPurpose: UInt32, Sendable {
  case initialisation = 1
  case order = 2
  case clipTime = 3
  case crop = 4
  case colour = 5
  case patchJitter = 6
  case audioJitter = 7
  case edgeDropout = 8
  case audioMasking = 9
  case rendering = 10
  case test = 11
  case temporalGap = 12
  case flip = 13
  case projection = 14
  case folds = 15
  case heads = 16
  case tuning = 17
}

/// A counter-based generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011).
///
/// Its numbers are a pure function of the key (seed, purpose) and of the counter (epoch, video, step,
/// index of the draw), so that no draw depends on which thread makes it or when.
package struct CounterRandom: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private let stream: SIMD2<UInt32>
  private var block: UInt64 = 0
  private var ready = SIMD4<UInt32>()
  private var used = 4

  /// A stream of its own for every combination of the arguments.
  package init(
    seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, video: Int = 0, step: Int = 0
  ) {
    let seeded = Self.mix(seed &+ UInt64(purpose.rawValue) &* 0x9E37_79B9_7F4A_7C15)
    key = SIMD2(UInt32(truncatingIfNeeded: seeded), UInt32(truncatingIfNeeded: seeded >> 32))
    var place = Self.mix(UInt64(bitPattern: Int64(epoch)) &+ 0x632B_E59B_D9B4_E019)
    place = Self.mix(place ^ UInt64(bitPattern: Int64(video)) &* 0x9E37_79B9_7F4A_7C15)
    place = Self.mix(place ^ UInt64(bitPattern: Int64(step)) &* 0xD134_2543_DE82_EF95)
    stream = SIMD2(UInt32(truncatingIfNeeded: place), UInt32(truncatingIfNeeded: place >> 32))
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The ten rounds of Philox4x32 over one counter.
  package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let low = UInt64(c[0]) &* 0xD251_1F53
      let high = UInt64(c[2]) &* 0xCD9E_8D57
      c = SIMD4(
        UInt32(truncatingIfNeeded: high >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: high),
        UInt32(truncatingIfNeeded: low >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: low))
      k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return c
  }

  private mutating func next32() -> UInt32 {
    if used == 4 {
      let counter = SIMD4(
        UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), stream[0],
        stream[1])
      ready = Self.philox(counter, key: key)
      block &+= 1
      used = 0
    }
    defer { used += 1 }
    return ready[used]
  }

  package mutating func next() -> UInt64 {
    let low = UInt64(next32())
    return low | UInt64(next32()) << 32
  }

  /// Uniform in [0, 1), 24 bits.
  package mutating func uniform() -> Float { Float(next32() >> 8) * 0x1p-24 }

  /// Writes what as many calls of `uniform()` would give to `out`.
  package mutating func fillUniform(_ out: UnsafeMutableBufferPointer<Float>) {
    guard let base = out.baseAddress else { return }
    var place = 0
    while used < 4, place < out.count {
      base[place] = uniform()
      place += 1
    }
    let blocks = (out.count - place) / 4
    var fixed = pk_philox(key: (key[0], key[1]), stream: (stream[0], stream[1]))
    pk_philox_uniform(blocks, &fixed, block, base + place)
    block &+= UInt64(blocks)
    place += blocks * 4
    while place < out.count {
      base[place] = uniform()
      place += 1
    }
  }

  /// Uniform in `range`.
  package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    let unit = Double(next() >> 11) * 0x1p-53
    return range.lowerBound + (range.upperBound - range.lowerBound) * unit
  }

  /// Uniform in 0..<bound, without bias worth measuring (multiply-shift over 64 bits).
  package mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "a random integer below \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Standard normal, by the Box-Muller transform in double precision.
  package mutating func normal() -> Float {
    let radius = Double(next() >> 11) * 0x1p-53
    let angle = Double(next() >> 11) * 0x1p-53
    return Float((-2 * logOf(1 - radius)).squareRoot() * cosineOf(2 * .pi * angle))
  }
}
