import CProcess
import Glibc

/// Memory that two processes see: a head of numbers, and content that one writes for the other.
///
/// It can grow, by either side, and never shrinks: nothing that is mapped can vanish under its reader.
final class SharedArea {
  let descriptor: Int32
  /// Nanoseconds of the monotonic clock after which the decoder counts as stuck.
  let deadline: UnsafeMutablePointer<Int64>
  /// Bytes of address space that the decoder had taken when it crashed; 0 before.
  let sizeAtCrash: UnsafeMutablePointer<Int64>
  /// What is mapped of the content; none before it was reserved.
  private(set) var content: UnsafeMutableRawPointer?
  private var size = 0

  /// Bytes of the head: a page.
  private static let headBytes = 4096
  private static let step = 1 << 20

  private static func rounded(_ bytes: Int) -> Int { (bytes + step - 1) / step * step }

  /// Takes over `descriptor`, of such memory; nil where there is no room for it.
  init?(descriptor: Int32) {
    self.descriptor = descriptor
    guard Self.grow(descriptor, to: Self.headBytes),
      let head = Self.map(descriptor, from: 0, Self.headBytes)
    else {
      close(descriptor)
      return nil
    }
    deadline = head.bindMemory(to: Int64.self, capacity: 2)
    sizeAtCrash = deadline + 1
  }

  deinit {
    munmap(deadline, Self.headBytes)
    if let content { munmap(content, size) }
    close(descriptor)
  }

  /// Makes room for `bytes` of content, growing the memory where it is too small; false where there is none.
  func reserve(_ bytes: Int) -> Bool {
    guard bytes > size || content == nil else { return true }
    guard (0...Int.max / 2).contains(bytes) else { return false }
    let wanted = max(Self.step, Self.rounded(bytes))
    return Self.grow(descriptor, to: Self.headBytes + wanted) && remap(wanted)
  }

  /// Whether `bytes` of content are there, also where they are not mapped yet.
  func holds(_ bytes: Int) -> Bool {
    guard bytes > size || content == nil else { return true }
    guard (0...Int.max / 2).contains(bytes), let file = Self.bytes(of: descriptor) else {
      return false
    }
    return file >= Self.headBytes + bytes && file > Self.headBytes
  }

  /// Maps what the other side has added, up to `bytes` of content at least; false where they are not there, or no
  /// room is.
  func reach(_ bytes: Int) -> Bool {
    guard bytes > size || content == nil else { return true }
    guard holds(bytes), let file = Self.bytes(of: descriptor) else { return false }
    return remap(file - Self.headBytes)
  }

  /// Gives the memory beyond `bytes` of content back.
  func release(beyond bytes: Int) {
    let kept = Self.rounded(bytes)
    if size > kept { cp_release(descriptor, Self.headBytes + kept, size - kept) }
  }

  /// Takes what is mapped beyond `bytes` out of this process's address space; it stays there for the other.
  func unmap(beyond bytes: Int) {
    let kept = max(Self.step, Self.rounded(bytes))
    guard let content, size > kept else { return }
    munmap(content + kept, size - kept)
    size = kept
  }

  private func remap(_ wanted: Int) -> Bool {
    guard let fresh = Self.map(descriptor, from: Self.headBytes, wanted) else { return false }
    if let content { munmap(content, size) }
    (content, size) = (fresh, wanted)
    return true
  }

  private static func map(
    _ descriptor: Int32, from offset: Int, _ bytes: Int
  ) -> UnsafeMutableRawPointer? {
    let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset)
    return start == MAP_FAILED ? nil : start
  }

  private static func bytes(of descriptor: Int32) -> Int? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
  }

  private static func grow(_ descriptor: Int32, to wanted: Int) -> Bool {
    guard let bytes = bytes(of: descriptor) else { return false }
    if bytes >= wanted { return true }
    while ftruncate(descriptor, wanted) != 0 { if errno != EINTR { return false } }
    return true
  }
}
