import Foundation

/// A thread that starts the decoder processes of a pool: Linux kills them when the thread that started them ends, and
/// those that ask come and go.
final class Spawner: @unchecked Sendable {
  private final class Order: @unchecked Sendable {
    let start: @Sendable () -> Result<DecoderProcess, MediaError>
    var result: Result<DecoderProcess, MediaError>?
    init(_ start: @escaping @Sendable () -> Result<DecoderProcess, MediaError>) {
      self.start = start
    }
  }

  // Both are guarded by `condition`.
  private let condition = NSCondition()
  private var orders: [Order] = []
  private var isOver = false

  init() {
    let thread = Thread { [self] in serve() }
    thread.name = "palindrome-spawner"
    thread.stackSize = 1 << 20
    thread.start()
  }

  /// Runs `start` on the thread and waits for what it returns; nil once the thread is to end.
  func run(
    _ start: @escaping @Sendable () -> Result<DecoderProcess, MediaError>
  ) -> Result<DecoderProcess, MediaError>? {
    let order = Order(start)
    condition.lock()
    defer { condition.unlock() }
    guard !isOver else { return nil }
    orders.append(order)
    condition.broadcast()
    while order.result == nil { condition.wait() }
    return order.result
  }

  /// Lets the thread end, and with it every process that it started.
  func end() {
    condition.lock()
    isOver = true
    condition.broadcast()
    condition.unlock()
  }

  private func serve() {
    while let order = next() {
      let result = order.start()
      condition.lock()
      order.result = result
      condition.broadcast()
      condition.unlock()
    }
  }

  private func next() -> Order? {
    condition.lock()
    defer { condition.unlock() }
    while orders.isEmpty, !isOver { condition.wait() }
    return orders.isEmpty ? nil : orders.removeFirst()
  }
}
