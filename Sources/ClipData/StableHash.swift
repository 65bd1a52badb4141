/// A 64-bit hash that is the same on every machine and in every run (Swift's `Hasher` is seeded anew
/// by each process): FNV-1a over the bytes, its bits then spread by the finaliser of MurmurHash3.
package struct StableHash: Sendable {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  package mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  /// Adds the text and its length, so that neighbouring texts do not run together.
  package mutating func combine(_ text: String) {
    combine(text.utf8)
    combine(UInt64(text.utf8.count))
  }

  package mutating func combine(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      state = (state ^ (value >> shift & 0xFF)) &* 0x100_0000_01B3
    }
  }

  /// Adds the bits of a number; 0 and -0 differ.
  package mutating func combine(_ value: Double) { combine(value.bitPattern) }

  /// A file as listings know it.
  mutating func combine(_ path: String, _ identity: FileIdentity) {
    combine(path)
    combine(UInt64(bitPattern: identity.size))
    combine(UInt64(bitPattern: identity.modified))
  }

  package var value: UInt64 {
    var z = state
    z = (z ^ (z >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    z = (z ^ (z >> 33)) &* 0xC4CE_B9FE_1A85_EC53
    return z ^ (z >> 33)
  }

  package static func of(_ text: String) -> UInt64 {
    var hash = StableHash()
    hash.combine(text)
    return hash.value
  }
}
