import CKernels
import Synchronization

/// How many threads `parallelFor` uses. Set once, before the first tensor operation.
package enum Threads {
  private static let setting = Atomic<Int>(0)

  /// The number of threads, the caller's own included; the machine's cores unless it was set.
  package static var count: Int {
    get {
      let set = setting.load(ordering: .relaxed)
      return set > 0 ? set : cores
    }
    set { setting.store(max(1, newValue), ordering: .relaxed) }
  }

  /// The processors that this process may run on.
  package static let cores = max(1, Int(pk_processors()))
}

/// Runs `body(0) ... body(count - 1)`, spread over the threads, and returns when all are done.
///
/// Callers cut work by its size, never by the number of threads, and let no block write what another
/// reads or writes; then the result has the same bits for any number of threads. A call from within a
/// block runs in place.
package func parallelFor(_ count: Int, _ body: (Int) -> Void) {
  guard count > 1, Threads.count > 1, !WorkerTeam.isInside else {
    for index in 0..<max(count, 0) { body(index) }
    return
  }
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let shared = body
    WorkerTeam.shared.run(count) { index in shared(index) }
  }
}

/// The same for work that can fail: after a failure nothing more is begun, and the first one is thrown.
package func parallelTry<Failure: Error>(
  _ count: Int, _ body: (Int) throws(Failure) -> Void
) throws(Failure) {
  let failure = Mutex<Failure?>(nil)
  parallelFor(count) { index in
    guard failure.withLock({ $0 == nil }) else { return }
    do throws(Failure) {
      try body(index)
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}

/// Cuts `0..<count` into runs of `block` and calls `body` with each, in parallel.
package func parallelRanges(_ count: Int, block: Int, _ body: (Range<Int>) -> Void) {
  precondition(block > 0, "parallelRanges over blocks of \(block)")
  parallelFor((count + block - 1) / block) { index in
    body(index * block..<min(count, (index + 1) * block))
  }
}
