/// Writes numbers, little-endian, one after the other.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
  package mutating func put(_ value: Double) { put(value.bitPattern) }
  package mutating func put(_ values: [UInt8]) { bytes += values }
  package mutating func put(_ text: String) {
    put(UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }
}

/// Reads what `ByteWriter` wrote; nil from everything once the bytes have run out.
package struct ByteReader {
  private let bytes: [UInt8]
  private var place = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var isAtEnd: Bool { place == bytes.count }

  package mutating func take<T: FixedWidthInteger>(_: T.Type) -> T? {
    let size = MemoryLayout<T>.size
    guard bytes.count - place >= size else { return nil }
    defer { place += size }
    return bytes.withUnsafeBytes {
      T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: T.self))
    }
  }
  package mutating func takeDouble() -> Double? { take(UInt64.self).map(Double.init(bitPattern:)) }
  package mutating func take(count: Int) -> [UInt8]? {
    guard count >= 0, bytes.count - place >= count else { return nil }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }
  package mutating func takeText() -> String? {
    take(UInt32.self).flatMap { take(count: Int($0)) }.map { String(decoding: $0, as: UTF8.self) }
  }
  /// A count of items of at least `size` bytes each that can still follow.
  package mutating func takeCount(of size: Int) -> Int? {
    guard let count = take(UInt32.self), Int(count) <= (bytes.count - place) / max(1, size) else {
      return nil
    }
    return Int(count)
  }
}
