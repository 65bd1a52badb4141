import Foundation
import TensorCore

/// Decoder processes, started as they are needed and used again. Safe to share between threads.
///
/// What a file makes of a decoder stays within a process: one that crashes, hangs or takes too much memory is killed
/// and replaced, and its file gets an error with the reason, now and whenever it is asked for again.
package final class DecoderPool: @unchecked Sendable {
  package let limits: MediaLimits
  package let bounds: DecoderLimits
  private let executable: String
  private let spawner = Spawner()

  // All below are guarded by `condition`.
  private let condition = NSCondition()
  private var idle: [DecoderProcess] = []
  private var lent: [ObjectIdentifier: DecoderProcess] = [:]
  private var given: [String: MediaError] = [:]
  private var isClosed = false

  /// Starts a first process, so that a system that allows none says so at once.
  ///
  /// - Parameter executable: this program, which serves `DecoderService.command`.
  package init(
    limits: MediaLimits = MediaLimits(), bounds: DecoderLimits = DecoderLimits(),
    executable: String = "/proc/self/exe"
  ) throws(MediaError) {
    self.limits = limits
    self.bounds = bounds
    self.executable = executable
    giveBack(try start())
  }

  deinit { close() }

  /// Ends every process; who waits for an answer gets an error. Nothing can be decoded afterwards.
  package func close() {
    condition.lock()
    isClosed = true
    let processes = idle + lent.values
    idle = []
    lent = [:]
    condition.unlock()
    processes.forEach { $0.end() }
    spawner.end()
  }

  /// Files that were given up because of what they made of a decoder, with the reason.
  package var quarantine: [String: MediaError] { condition.withLock { given } }

  // MARK: Processes

  /// A process that is ready, for the caller alone until it gives it back; with `fresh`, one that has seen no file.
  ///
  /// Where the system has none to give, one that is given back will do, and it may have some later.
  func lend(fresh: Bool = false) throws(MediaError) -> DecoderProcess {
    let latest = ContinuousClock.now + .seconds(bounds.startSeconds)
    while true {
      if !fresh, let process = try takeIdle() { return process }
      do throws(MediaError) {
        return try start()
      } catch {
        guard !isOver, ContinuousClock.now < latest else { throw error }
      }
      usleep(50_000)
    }
  }

  private func takeIdle() throws(MediaError) -> DecoderProcess? {
    while true {
      condition.lock()
      let candidate = idle.popLast()
      condition.unlock()
      guard let candidate else { return nil }
      if candidate.isAlive {
        try keep(candidate)
        return candidate
      }
      candidate.end()
    }
  }

  private func start() throws(MediaError) -> DecoderProcess {
    let (executable, bounds) = (executable, bounds)
    let started = spawner.run {
      do throws(MediaError) {
        return .success(try DecoderProcess.start(executable, bounds))
      } catch {
        return .failure(error)
      }
    }
    guard let process = try started?.get() else { throw Self.closed }
    try keep(process)
    let settings = DecodeRequest.configure(
      limits, memory: bounds.memory, processorSeconds: bounds.processorSeconds)
    do throws(DecoderProcess.Loss) {
      if case .done(true) = try process.ask(settings, seconds: 60) { return process }
      lose(process)
    } catch {
      lose(process)
      if case .unable(let error) = error { throw error }
    }
    throw MediaError(
      .isolation, path: executable,
      reason: "a decoder process ends at once; --isolation off decodes without one")
  }

  private static let closed = MediaError(
    .isolation, path: "decoder", reason: "was stopped, nothing more is decoded")

  /// Notes that `process` is in use; throws where everything is to end.
  private func keep(_ process: DecoderProcess) throws(MediaError) {
    condition.lock()
    let isClosed = isClosed
    if !isClosed { lent[ObjectIdentifier(process)] = process }
    condition.unlock()
    if isClosed {
      process.end()
      throw Self.closed
    }
  }

  /// Takes a process back that has closed its file.
  func giveBack(_ process: DecoderProcess) {
    condition.lock()
    lent[ObjectIdentifier(process)] = nil
    // As many as can be busy at once are worth keeping.
    let isKept = !isClosed && process.asked < bounds.requests && idle.count < Threads.count + 1
    if isKept { idle.append(process) }
    condition.unlock()
    if !isKept { process.end() }
  }

  /// Ends a process that is of no more use.
  func lose(_ process: DecoderProcess) {
    condition.lock()
    lent[ObjectIdentifier(process)] = nil
    condition.unlock()
    process.end()
  }

  // MARK: Files

  /// Asks about the file at `path` in a process of its own. A failure of the file is an answer; the error tells that
  /// the file has been given up.
  ///
  /// A process may die of what an earlier file has done to it: only a second death, in a fresh one, is the file's.
  func ask(_ request: DecodeRequest, path: String) throws(MediaError) -> DecodeAnswer {
    let (process, answer) = try open(request, path: path)
    giveBack(process)
    return answer
  }

  /// The same, and the process that has answered, which may have the file open.
  ///
  /// - Parameter fresh: whether it must be one that has seen no other file: its death is the file's at once.
  func open(
    _ request: DecodeRequest, path: String, fresh: Bool = false
  ) throws(MediaError) -> (DecoderProcess, DecodeAnswer) {
    if let error = condition.withLock({ given[path] }) { throw error }
    var isRepeated = fresh
    while true {
      let process = try lend(fresh: isRepeated)
      do throws(DecoderProcess.Loss) {
        return (process, try process.ask(request, seconds: patience(request)))
      } catch {
        lose(process)
        // More than all memory is too much in any other process too.
        if !isRepeated, !isOver, case .died(_, let outOfMemory) = error,
          !(outOfMemory && process.isFresh)
        {
          isRepeated = true
          continue
        }
        throw giveUp(path, error)
      }
    }
  }

  private var isOver: Bool { condition.withLock { isClosed } }

  /// Seconds without progress after which a request has failed.
  func patience(_ request: DecodeRequest) -> Double {
    if case .probe = request { return limits.probeSeconds }
    return max(limits.stallSeconds, limits.probeSeconds)
  }

  /// The error of a file that has cost a process, or of this program.
  func giveUp(_ path: String, _ loss: DecoderProcess.Loss) -> MediaError {
    if isOver { return Self.closed }
    let error: MediaError
    switch loss {
    case .unable(let error): return error
    case .stuck:
      error = MediaError(
        .timeout, path: path,
        reason: "its decoder hung and was stopped; leave this file out or re-encode it")
    case .babbled:
      error = MediaError(
        .decoder, path: path,
        reason: "its decoder gave a senseless answer; leave this file out or re-encode it")
    case .died(let how, outOfMemory: true):
      error = MediaError(
        .decoder, path: path,
        reason: "its decoder took more than the \(bounds.memory >> 20) MB that it may (\(how)); "
          + "leave this file out, or raise --decode-memory")
    case .died(let how, outOfMemory: false):
      error = MediaError(
        .decoder, path: path,
        reason: "its decoder crashed (\(how)); leave this file out or re-encode it")
    }
    condition.withLock { given[path] = error }
    return error
  }
}
