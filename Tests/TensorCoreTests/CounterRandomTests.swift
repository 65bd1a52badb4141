import TensorCore
import Testing

@Suite struct CounterRandomTests {
  /// The known answers that Random123 ships for philox4x32 with 10 rounds (`tests/kat_vectors`; Salmon et al.,
  /// SC 2011).
  @Test func philoxKnownAnswers() {
    let zero = CounterRandom.philox(SIMD4(repeating: 0), key: SIMD2(repeating: 0))
    #expect(zero == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = CounterRandom.philox(SIMD4(repeating: .max), key: SIMD2(repeating: .max))
    #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = CounterRandom.philox(
      SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: SIMD2(0xa409_3822, 0x299f_31d0))
    #expect(pi == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func everyPartOfTheKeyMatters() {
    func first(
      _ seed: UInt64, _ purpose: RandomPurpose, _ epoch: Int, _ video: Int, _ step: Int
    ) -> UInt64 {
      var random = CounterRandom(
        seed: seed, purpose: purpose, epoch: epoch, video: video, step: step)
      return random.next()
    }
    var seen: Set<UInt64> = []
    for seed in 0..<3 {
      for purpose in [RandomPurpose.crop, .order, .test] {
        for epoch in 0..<3 {
          for video in -1..<3 {
            for step in 0..<3 { seen.insert(first(UInt64(seed), purpose, epoch, video, step)) }
          }
        }
      }
    }
    #expect(seen.count == 3 * 3 * 3 * 4 * 3)
    #expect(first(7, .crop, 1, 2, 3) == first(7, .crop, 1, 2, 3))
  }

  /// Means and variances over 40,000 draws, within five standard errors.
  @Test func momentsOfTheDistributions() {
    var random = CounterRandom(seed: 2, purpose: .test)
    let count = 40_000
    let uniform = (0..<count).map { _ in Double(random.uniform()) }
    #expect(uniform.allSatisfy { (0..<1).contains($0) })
    #expect(abs(uniform.reduce(0, +) / Double(count) - 0.5) < 0.0073)
    let normal = (0..<count).map { _ in Double(random.normal()) }
    #expect(abs(normal.reduce(0, +) / Double(count)) < 0.025)
    let variance = normal.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(variance - 1) < 0.036)
    var histogram = [Int](repeating: 0, count: 7)
    for _ in 0..<count { histogram[random.integer(below: 7)] += 1 }
    for bin in histogram { #expect(abs(Double(bin) - Double(count) / 7) < 5 * 70) }
    let range = (0..<1000).map { _ in random.uniform(-2...3) }
    #expect(range.allSatisfy { $0 >= -2 && $0 <= 3 })
  }

  @Test(arguments: [0, 1, 3, 4, 5, 63, 64, 65, 261]) func filledAtOnceOrOneByOne(_ count: Int) {
    for before in 0..<5 {
      var one = CounterRandom(seed: 9, purpose: .test, step: count)
      for _ in 0..<before { _ = one.uniform() }
      var other = one
      var filled = [Float](repeating: -1, count: count)
      filled.withUnsafeMutableBufferPointer { other.fillUniform($0) }
      #expect(filled == (0..<count).map { _ in one.uniform() })
      #expect(one.next() == other.next())
    }
  }
}
