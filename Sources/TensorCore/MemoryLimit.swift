import Glibc
import Synchronization

/// What a limit on the memory of the process (RLIMIT_AS, `ulimit -v`) asks for: an end with a word instead of a crash,
/// or of waiting for ever.
enum MemoryLimit {
  /// Bytes that OpenBLAS takes for each thread that multiplies at the same time.
  private static let blasBytes = 136 << 20

  /// Whether there is such a limit.
  private static let isSet: Bool = {
    var bounds = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &bounds) == 0
      && bounds.rlim_cur != rlim_t.max
  }()

  /// Calls of OpenBLAS that run, and the most that ran at one time.
  private static let calls = Mutex((running: 0, most: 0))

  /// Calls `body`, which calls OpenBLAS. Where that gets no memory it asks for it again and again without an end; so
  /// under a limit this looks before whether there is enough, whenever one more thread than ever calls it.
  @inline(__always)
  static func beforeBLAS(_ body: () -> Void) {
    guard isSet else { return body() }
    looked(body)
  }

  private static func looked(_ body: () -> Void) {
    let takesMore = calls.withLock { calls in
      calls.running += 1
      defer { calls.most = max(calls.most, calls.running) }
      return calls.running > calls.most
    }
    defer { calls.withLock { $0.running -= 1 } }
    if takesMore {
      let room = mmap(
        nil, blasBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard room != MAP_FAILED else { end("matrix products of one more thread", blasBytes) }
      munmap(room, blasBytes)
    }
    body()
  }

  /// Ends the process: nothing that computes can go on, and what it computes for cannot be asked what else to do.
  /// The status is EX_OSERR of sysexits.h.
  static func end(_ purpose: String, _ bytes: Int) -> Never {
    let line =
      "palindrome: out of memory: there are no \(bytes >> 20) MB for \(purpose); raise the limit of memory "
      + "(ulimit -v), or use a smaller --preset, --batch or --size, or fewer --threads\n"
    _ = Array(line.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    _exit(71)
  }
}
