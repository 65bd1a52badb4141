import Foundation

/// Sees which of some files are opened.
final class Watch {
  private let descriptor: Int32
  private var paths: [Int32: String] = [:]

  init?(_ paths: [String]) {
    descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    for path in paths {
      let mark = inotify_add_watch(descriptor, path, UInt32(IN_OPEN))
      guard mark >= 0 else { return nil }
      self.paths[mark] = path
    }
  }

  deinit { close(descriptor) }

  /// Those opened since the last call.
  func opened() -> Set<String> {
    var found: Set<String> = []
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return found }
      var at = 0
      while at + 16 <= count {
        let mark = bytes.withUnsafeBytes {
          $0.loadUnaligned(fromByteOffset: at, as: Int32.self)
        }
        let length = bytes.withUnsafeBytes {
          $0.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self)
        }
        if let path = paths[mark] { found.insert(path) }
        at += 16 + Int(length)
      }
    }
  }
}
