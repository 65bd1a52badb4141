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
  private var generation = 0
  private var seats = 0  // how many workers may still join the current job
  private var busy = 0  // how many are working on it

  func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let job = Job(count, body)
    guard owner.try() else { return job.work() }
    defer { owner.unlock() }
    let helpers = min(Threads.count, count) - 1
    condition.lock()
    while workers < helpers { spawn() }
    self.job = job
    generation += 1
    seats = helpers
    condition.broadcast()
    condition.unlock()
    job.work()
    condition.lock()
    self.job = nil
    seats = 0
    while busy > 0 { condition.wait() }
    condition.unlock()
  }

  private func spawn() {
    workers += 1
    let thread = Thread { [self] in serve() }
    thread.stackSize = 4 << 20
    thread.name = "palindrome-worker"
    thread.start()
  }

  private func serve() {
    var seen = 0
    condition.lock()
    while true {
      while job == nil || generation == seen || seats == 0 { condition.wait() }
      seen = generation
      seats -= 1
      busy += 1
      let current = job
      condition.unlock()
      current?.work()
      condition.lock()
      busy -= 1
      if busy == 0 { condition.broadcast() }
    }
  }
}
