import CProcess
import ClipData
import Glibc
import Synchronization

/// One decoder process, as the run that started it sees it. Asked by one thread at a time.
final class DecoderProcess: @unchecked Sendable {
  /// Why a process is of no further use.
  enum Loss: Error, Equatable {
    /// It died; in words, and whether it had taken most of the memory that it may.
    case died(String, outOfMemory: Bool)
    /// It answered nothing before its deadline.
    case stuck
    /// It answered something that is no answer.
    case babbled
    /// This process, which asks, could not: nothing is known of the file.
    case unable(MediaError)
  }

  private let pid: pid_t
  private let socket: DecodeSocket
  private let area: SharedArea
  private let bounds: DecoderLimits
  private var serial: UInt64 = 0
  /// How it ended, once it was waited for.
  private let ending = Mutex<Int32?>(nil)

  /// Requests so far.
  private(set) var asked = 0
  /// Whether nothing but its settings and one request has been asked: no earlier file can have spoilt it.
  var isFresh: Bool { asked <= 2 }
  /// Seconds for which the end of a process that was killed is waited for: one that waits for a disk ends after that.
  private static let endSeconds = 5.0

  init(pid: pid_t, socket: DecodeSocket, area: SharedArea, bounds: DecoderLimits) {
    (self.pid, self.socket, self.area, self.bounds) = (pid, socket, area, bounds)
  }

  deinit {
    end()
    close(socket.descriptor)
  }

  /// Whether the process is still there, as far as can be seen.
  var isAlive: Bool {
    guard ending.withLock({ $0 == nil }) else { return false }
    if case .nothingYet = socket.receive(within: 0) { return true }
    return false
  }

  /// Sends `request` and waits for its answer, `seconds` at most without progress. After a loss the process is ended.
  func ask(_ request: DecodeRequest, seconds: Double) throws(Loss) -> DecodeAnswer {
    serial += 1
    asked += 1
    let fields = request.bytes
    let message = DecodeMessage(serial: serial, fieldBytes: fields.count)
    guard message.put(fields, into: area) else {
      throw unable(errno, "no memory to share with it")
    }
    cp_put(area.deadline, now() &+ nanoseconds(seconds))
    switch socket.send(message) {
    case 0: break
    case EPIPE: throw loss()
    case let code: throw unable(code, "cannot be asked")
    }
    var looked = now()
    var stopped: Int64 = 0
    while true {
      switch socket.receive(within: 200) {
      case .end: throw loss()
      case .failed(let code): throw unable(code, "cannot be heard")
      case .message(let bytes):
        guard let answer = try answer(bytes), request.accepts(answer) else {
          end()
          throw .babbled
        }
        if case .failure(let error) = answer, error.kind == .memory {
          end()
          throw .died("it says so", outOfMemory: true)
        }
        area.release(beyond: bounds.keptBytes)
        return answer
      case .nothingYet:
        let time = now()
        // This process was stopped itself, and the decoder with it.
        if time - looked > nanoseconds(10) { stopped += time - looked }
        looked = time
        let deadline = cp_get(area.deadline)
        // No decoder that is sound gives itself longer than it was given.
        guard deadline <= time &+ nanoseconds(seconds) &+ nanoseconds(bounds.grace) else {
          end()
          throw .babbled
        }
        if time > deadline &+ stopped &+ nanoseconds(bounds.grace) {
          end()
          throw .stuck
        }
      }
    }
  }

  /// Nil where it is none.
  private func answer(_ bytes: [UInt8]) throws(Loss) -> DecodeAnswer? {
    guard let message = DecodeMessage(bytes, limit: DecoderService.answerLimit),
      message.serial == serial, area.holds(message.total)
    else { return nil }
    guard let (fields, samples, picture) = message.take(from: area) else {
      throw unable(errno, "no memory for its answer")
    }
    return DecodeAnswer(fields, samples: samples, picture: picture)
  }

  private func unable(_ code: Int32, _ what: String) -> Loss {
    end()
    return .unable(MediaError(system: code, what))
  }

  private func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }

  private func nanoseconds(_ seconds: Double) -> Int64 { Int64(min(max(0, seconds), 1e9) * 1e9) }

  // MARK: Ending

  /// Kills the process, whatever it does, and leaves nothing of it. From any thread.
  @discardableResult func end() -> Int32 {
    ending.withLock { ending in
      if let ending { return ending }
      // One that is dead already keeps the status that it died with.
      kill(pid, SIGKILL)
      var status: Int32 = 0
      var pause: useconds_t = 50
      let latest = now() &+ nanoseconds(Self.endSeconds)
      while true {
        let found = waitpid(pid, &status, WNOHANG)
        if found == pid || (found < 0 && errno != EINTR) { break }
        if now() > latest {
          status = SIGKILL
          break
        }
        usleep(pause)
        pause = min(2 * pause, 20_000)
      }
      ending = status
      return status
    }
  }

  /// Why the socket has ended.
  private func loss() -> Loss {
    let status = end()
    let number = status & 0x7F
    let text =
      number == 0 ? "status \((status >> 8) & 0xFF)" : Self.signals[number] ?? "signal \(number)"
    if number == SIGXCPU { return .stuck }
    let size = cp_get(area.sizeAtCrash)
    return .died(text, outOfMemory: size > Int64(bounds.memory) / 4 * 3)
  }

  private static let signals: [Int32: String] = [
    SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
    SIGABRT: "SIGABRT", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGXFSZ: "SIGXFSZ",
    SIGXCPU: "SIGXCPU", SIGSYS: "SIGSYS", SIGTERM: "SIGTERM",
  ]
}
