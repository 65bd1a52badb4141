import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// One 64-byte aligned block of floats that returns to the pool when its last tensor goes.
final class Buffer: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Float>
  private let size: BufferPool.Size

  init(count: Int) {
    size = BufferPool.Size(count)
    pointer = BufferPool.shared.take(size)
  }

  deinit { BufferPool.shared.give(pointer, size) }
}

/// Calls `body` with room for `count` floats from the pool; their content is undefined.
package func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> R) -> R {
  let size = BufferPool.Size(count)
  let pointer = BufferPool.shared.take(size)
  defer { BufferPool.shared.give(pointer, size) }
  return body(pointer)
}

/// Freed blocks by size class, so that a steady training step neither asks the system for memory nor
/// touches fresh pages. What lies idle beyond `idleLimit` bytes is given back.
package final class BufferPool: Sendable {
  package static let shared = BufferPool()

  /// Bytes that may lie idle in the pool.
  private static let idleLimit = 2 << 30

  /// One of eight sizes an octave (at most 12.5 % waste), at least 16 floats.
  struct Size {
    let floats: Int
    /// The size's place among all of them.
    fileprivate let place: Int
    fileprivate static let places = Int.bitWidth * 17

    init(_ count: Int) {
      let wanted = max(count, 16)
      let octave = Int.bitWidth - (wanted - 1).leadingZeroBitCount  // 2^octave >= wanted
      let step = max(16, (1 << octave) >> 4)
      let steps = (wanted + step - 1) / step
      floats = steps * step
      place = octave * 17 + steps
    }

    fileprivate var bytes: Int { floats * MemoryLayout<Float>.stride }
  }

  private struct Shelf {
    /// The address of the first idle block of each size, which holds that of the next; 0 for none. An address
    /// may cross threads where a pointer may not, and such a list needs no memory of its own.
    var idle = [UInt](repeating: 0, count: Size.places)
    var idleBytes = 0
    var liveBytes = 0
    var peakBytes = 0
  }
  private let shelf = Mutex(Shelf())

  func take(_ size: Size) -> UnsafeMutablePointer<Float> {
    let recycled: UInt = shelf.withLock { shelf in
      shelf.liveBytes += size.bytes
      shelf.peakBytes = max(shelf.peakBytes, shelf.liveBytes)
      let first = shelf.idle[size.place]
      guard let block = UnsafePointer<UInt>(bitPattern: first) else { return 0 }
      shelf.idle[size.place] = block.pointee
      shelf.idleBytes -= size.bytes
      return first
    }
    if let pointer = UnsafeMutablePointer<Float>(bitPattern: recycled) { return pointer }
    var raw: UnsafeMutableRawPointer?
    let status = posix_memalign(&raw, 64, size.bytes)
    guard status == 0, let raw else { MemoryLimit.end("a tensor", size.bytes) }
    return raw.assumingMemoryBound(to: Float.self)
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, _ size: Size) {
    let address = UInt(bitPattern: pointer)
    let kept = shelf.withLock { shelf in
      shelf.liveBytes -= size.bytes
      guard shelf.idleBytes + size.bytes <= Self.idleLimit,
        let block = UnsafeMutablePointer<UInt>(bitPattern: address)
      else { return false }
      block.pointee = shelf.idle[size.place]
      shelf.idle[size.place] = address
      shelf.idleBytes += size.bytes
      return true
    }
    if !kept { free(pointer) }
  }

  /// Gives everything idle back to the system where that is more than `limit` bytes. For work whose tensors have
  /// many sizes: the blocks of those that do not come again would stay.
  package func trim(above limit: Int) {
    let addresses = shelf.withLock { shelf -> [UInt] in
      guard shelf.idleBytes > limit else { return [] }
      let first = shelf.idle.filter { $0 != 0 }
      shelf.idle = [UInt](repeating: 0, count: Size.places)
      shelf.idleBytes = 0
      return first
    }
    for first in addresses {
      var next = first
      while let block = UnsafeMutablePointer<UInt>(bitPattern: next) {
        next = block.pointee
        free(block)
      }
    }
  }

  /// The most bytes that tensors held at one time since the process began.
  package var peakBytes: Int { shelf.withLock { $0.peakBytes } }
}
