import Foundation
import Storage

/// What becomes of one of the calls by which a piece of work changes the disk.
package enum DiskFault: Sendable, CustomStringConvertible, CaseIterable {
  /// That call fails with EIO, once.
  case failed
  /// From that call on nothing finds room: opening, writing and making folders fail, the rest works.
  case full
  /// From that call on nothing happens, not even tidying up: the disk then holds what SIGKILL leaves.
  case killed

  package var description: String {
    switch self {
    case .failed: "failing"
    case .full: "of a full disk"
    case .killed: "killed"
    }
  }
}

/// A call that was made to fail, and what the work that made it ended with.
package struct FailedCall: CustomStringConvertible {
  package var kind: DiskCall
  package var path: String
  package var number: Int
  package var fault: DiskFault
  package var error: (any Error)?
  /// The error where it is one of files.
  package var storageError: StorageError? { error as? StorageError }
  package var description: String { "call \(number), \(kind.rawValue) of \(path), \(fault)" }
}

/// Does `work` in a fresh folder again and again, each time with the next of the calls by which it changes the disk
/// failing, until it needs no more calls, for each kind of fault. Before each time `prepare` fills the folder; after
/// it `check` gets the folder and the call. Returns how many calls failed.
///
/// Waiting for the disk is left out where it does not fail: nobody could see it.
@discardableResult
package func withEveryDiskFault(
  _ faults: [DiskFault] = DiskFault.allCases, prepare: (String) throws -> Void = { _ in },
  work: (String) throws -> Void,
  check: (_ folder: String, _ call: FailedCall) throws -> Void
) throws -> Int {
  var total = 0
  for fault in faults {
    var number = 0
    var isDone = false
    while !isDone {
      number += 1
      let scratch = try ScratchFolder()
      try withoutWaiting(below: scratch.path) { try prepare(scratch.path) }
      let counter = CallCounter(below: scratch.path, number, fault)
      let failure = failure(of: work, in: scratch.path, counter)
      if var call = counter.hit {
        call.error = failure
        try withoutWaiting(below: scratch.path) { try check(scratch.path, call) }
        total += 1
      } else {
        if let failure { throw failure }
        isDone = true
      }
    }
  }
  return total
}

private func withoutWaiting(below folder: String, _ body: () throws -> Void) throws {
  let watch = DiskWatch { call, path in
    call == .sync && path.hasPrefix(folder) ? .skip : .proceed
  }
  defer { withExtendedLifetime(watch) {} }
  try body()
}

private func failure(
  of work: (String) throws -> Void, in folder: String, _ counter: CallCounter
) -> (any Error)? {
  let watch = DiskWatch { counter.verdict($0, $1) }
  defer { withExtendedLifetime(watch) {} }
  do {
    try work(folder)
    return nil
  } catch {
    return error
  }
}

/// Does `body` while every write below `folder` takes at most `bytes` bytes, and every second call that a signal may
/// cut short is cut short.
package func withShortWrites(below folder: String, bytes: Int, _ body: () throws -> Void) throws {
  let counter = CallCounter(below: folder, 0, .failed)
  let watch = DiskWatch { call, path in counter.shortened(call, path, bytes) }
  defer { withExtendedLifetime(watch) {} }
  try body()
}

/// Counts the calls below a folder and tells what becomes of each.
private final class CallCounter: @unchecked Sendable {
  private let folder: String
  private let number: Int
  private let fault: DiskFault
  private let lock = NSLock()
  // Both are guarded by `lock`.
  private var count = 0
  private var failed: FailedCall?

  init(below folder: String, _ number: Int, _ fault: DiskFault) {
    (self.folder, self.number, self.fault) = (folder, number, fault)
  }

  var hit: FailedCall? { lock.withLock { failed } }

  private func isBelow(_ path: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }

  private func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }

  func verdict(_ call: DiskCall, _ path: String) -> DiskVerdict {
    guard isBelow(path) else { return .proceed }
    let place = next()
    if place == number {
      lock.withLock { failed = FailedCall(kind: call, path: path, number: place, fault: fault) }
      return .fail(fault == .full ? ENOSPC : EIO)
    }
    if place > number {
      if fault == .killed { return .fail(EIO) }
      if fault == .full, [.open, .write, .makeFolder].contains(call) { return .fail(ENOSPC) }
    }
    return call == .sync ? .skip : .proceed
  }

  func shortened(_ call: DiskCall, _ path: String, _ bytes: Int) -> DiskVerdict {
    guard isBelow(path), [.open, .write, .truncate, .sync].contains(call) else { return .proceed }
    return next() % 2 == 1 ? .fail(EINTR) : .short(bytes)
  }
}
