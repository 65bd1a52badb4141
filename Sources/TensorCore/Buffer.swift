import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// One 64-byte aligned block of floats that returns to the pool when its last tensor goes.
final class Buffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  private let sizeClass: Int

  init(count: Int) {
    sizeClass = BufferPool.sizeClass(count)
    pointer = BufferPool.shared.take(sizeClass)
  }

  deinit { BufferPool.shared.give(pointer, sizeClass) }
}

/// Freed blocks by size class, so that a steady training step neither asks the system for memory nor
/// touches fresh pages. What lies idle beyond `idleLimit` bytes is given back.
package final class BufferPool: Sendable {
  package static let shared = BufferPool()

  /// Bytes that may lie idle in the pool.
  private static let idleLimit = 2 << 30

  private struct Shelf {
    // Addresses rather than pointers: an address may cross threads.
    var free: [Int: [UInt]] = [:]
    var idleBytes = 0
    var liveBytes = 0
    var peakBytes = 0
  }
  private let shelf = Mutex(Shelf())

  /// Rounds up to one of eight classes an octave (at most 12.5 % waste); at least 16 floats.
  static func sizeClass(_ count: Int) -> Int {
    let wanted = max(count, 16)
    let octave = Int.bitWidth - (wanted - 1).leadingZeroBitCount  // 2^octave >= wanted
    let step = max(16, (1 << octave) >> 4)
    return (wanted + step - 1) / step * step
  }

  func take(_ floats: Int) -> UnsafeMutablePointer<Float> {
    let recycled: UInt? = shelf.withLock { shelf in
      shelf.liveBytes += floats * 4
      shelf.peakBytes = max(shelf.peakBytes, shelf.liveBytes)
      guard let address = shelf.free[floats]?.popLast() else { return nil }
      shelf.idleBytes -= floats * 4
      return address
    }
    if let recycled, let pointer = UnsafeMutablePointer<Float>(bitPattern: recycled) {
      return pointer
    }
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, 64, floats * 4)
    guard status == 0, let raw else {
      preconditionFailure("out of memory: \(floats * 4) bytes for a tensor")
    }
    return raw.assumingMemoryBound(to: Float.self)
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, _ floats: Int) {
    let address = UInt(bitPattern: pointer)
    let kept = shelf.withLock { shelf in
      shelf.liveBytes -= floats * 4
      guard shelf.idleBytes + floats * 4 <= Self.idleLimit else { return false }
      shelf.idleBytes += floats * 4
      shelf.free[floats, default: []].append(address)
      return true
    }
    if !kept { free(pointer) }
  }

  /// The most bytes that tensors held at one time since the process began.
  package var peakBytes: Int { shelf.withLock { $0.peakBytes } }
}
