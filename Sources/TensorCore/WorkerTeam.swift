import CKernels
import Foundation
import Synchronization

/// Threads that wait for jobs of numbered blocks; the thread that brings a job works on it too.
///
/// One job runs at a time: a second thread that brings one meanwhile runs its blocks by itself.
final class WorkerTeam: @unchecked Sendable {
  static let shared = WorkerTeam()

  private static let insideKey: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()
  /// Whether the current thread is running a block.
  static var isInside: Bool { pthread_getspecific(insideKey) != nil }
  private static func setInside(_ inside: Bool) {
    pthread_setspecific(insideKey, inside ? UnsafeRawPointer(bitPattern: 1) : nil)
  }

  private final class Job: Sendable {
    let count: Int
    let body: @Sendable (Int) -> Void
    let next = Atomic<Int>(0)
    init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }
    func work() {
      WorkerTeam.setInside(true)
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { break }
        body(index)
      }
      WorkerTeam.setInside(false)
    }
  }

  private let condition = NSCondition()
  private let owner = NSLock()
  private var workers = 0
  private var job: Job?
  private var seats = 0  // how many workers may still join the current job
  // Written under the condition's lock, watched without it by whoever expects a change soon.
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)  // how many workers are at the current job

  func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let job = Job(count, body)
    guard owner.try() else { return job.work() }
    defer { owner.unlock() }
    let helpers = min(Threads.count, count) - 1
    condition.lock()
    while workers < helpers { spawn() }
    self.job = job
    generation.wrappingAdd(1, ordering: .releasing)
    seats = helpers
    condition.broadcast()
    condition.unlock()
    job.work()
    watch { busy.load(ordering: .acquiring) == 0 }
    condition.lock()
    self.job = nil
    seats = 0
    while busy.load(ordering: .acquiring) > 0 { condition.wait() }
    condition.unlock()
  }

  /// Waits a little for what is likely to come at once: the next job of a step, or the end of a block. Sleeping
  /// and being woken takes longer than many a job.
  private func watch(_ isSettled: () -> Bool) {
    for _ in 0..<Self.patience {
      if isSettled() { return }
      pk_relax()
    }
  }
  /// Some tens of microseconds.
  private static let patience = 1_000

  private func spawn() {
    workers += 1
    let thread = Thread { [self] in serve() }
    thread.stackSize = 4 << 20
    thread.name = "palindrome-worker"
    thread.start()
  }

  private func serve() {
    var seen = 0
    while true {
      watch { generation.load(ordering: .acquiring) != seen }
      condition.lock()
      while job == nil || generation.load(ordering: .relaxed) == seen || seats == 0 {
        condition.wait()
      }
      seen = generation.load(ordering: .relaxed)
      seats -= 1
      busy.wrappingAdd(1, ordering: .relaxed)
      var current = job
      condition.unlock()
      current?.work()
      // Whoever brought the job may go on once nobody is at it: its closure must not be held by then.
      current = nil
      condition.lock()
      if busy.wrappingSubtract(1, ordering: .releasing).newValue == 0 { condition.broadcast() }
      condition.unlock()
    }
  }
}
