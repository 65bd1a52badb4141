/// A fast 64-bit checksum against accidents (torn writes, bit rot), not against malice: four lanes of
/// multiply and rotate over 8-byte words, little-endian.
func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  var lanes = SIMD4<UInt64>(
    0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63)
  let factor = SIMD4<UInt64>(repeating: 0x9FB2_1C65_1E98_DF25)
  var offset = 0
  while offset &+ 32 <= bytes.count {
    let words = bytes.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
    let mixed = (lanes ^ words) &* factor
    lanes = (mixed &<< 29) | (mixed &>> 35)
    offset &+= 32
  }
  var hash = StableHash()
  for lane in 0..<4 { hash.combine(lanes[lane]) }
  hash.combine(bytes[offset...])
  hash.combine(UInt64(bytes.count))
  return hash.value
}
