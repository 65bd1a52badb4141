import CProcess
import Glibc

extension DecoderProcess {
  /// Starts `executable`, this program, as a decoder. The process is killed when the calling thread ends.
  static func start(
    _ executable: String, _ bounds: DecoderLimits
  ) throws(MediaError) -> DecoderProcess {
    func failure(_ what: String, _ code: Int32) -> MediaError {
      MediaError(
        Self.shortages.contains(code) ? .system : .isolation, path: executable,
        reason: "no decoder process can be started: \(what) (\(String(cString: strerror(code)))); "
          + "--isolation off decodes without one")
    }
    let memory = lifted(cp_shared_memory())
    guard memory >= 0 else { throw failure("shared memory", errno) }
    guard let area = SharedArea(descriptor: memory) else { throw failure("shared memory", errno) }
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure("socket", errno) }
    let own = lifted(ends[0])
    let other = lifted(ends[1])
    defer { if other >= 0 { close(other) } }
    guard own >= 0, other >= 0 else {
      let code = errno
      if own >= 0 { close(own) }
      throw failure("socket", code)
    }
    var pid: pid_t = -1
    let arguments = ["palindrome", DecoderService.command, "\(getpid())"]
    let code = withTexts(arguments) { arguments in
      withTexts(environment) { environment in
        guard arguments.dropLast().allSatisfy({ $0 != nil }),
          environment.dropLast().allSatisfy({ $0 != nil })
        else { return ENOMEM }
        return cp_spawn(&pid, executable, arguments, environment, other, area.descriptor)
      }
    }
    guard code == 0 else {
      close(own)
      throw failure("program", code)
    }
    return DecoderProcess(
      pid: pid, socket: DecodeSocket(descriptor: own), area: area, bounds: bounds)
  }

  /// What the system may have more of later.
  private static let shortages = [ENOMEM, EAGAIN, EMFILE, ENFILE, ENOBUFS]

  /// The same descriptor beyond the numbers that the new process has them by.
  private static func lifted(_ descriptor: Int32) -> Int32 {
    guard descriptor >= 0 else { return -1 }
    let result = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
    let code = errno
    close(descriptor)
    errno = code
    return result
  }

  /// The run's own, without threads of BLAS, which has no part in decoding, and without stack traces.
  private static var environment: [String] {
    let changed = ["OPENBLAS_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no"]
    var result = changed.map { "\($0.key)=\($0.value)" }
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if changed[String(line.prefix { $0 != "=" })] == nil { result.append(line) }
      entry += 1
    }
    return result
  }

  private static func withTexts<R>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
  }
}
