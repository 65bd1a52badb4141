import Synchronization

/// A kind of system call that changes what is on the disk.
package enum DiskCall: String, Sendable, CaseIterable {
  /// Opening a file to write it.
  case open
  case write
  case truncate
  /// Waiting for the disk, of a file or a folder.
  case sync
  case rename
  case makeFolder
  /// Of a file or an empty folder.
  case remove
}

/// What is to become of a call.
package enum DiskVerdict: Sendable {
  case proceed
  /// Fails with this error number, and nothing happens.
  case fail(Int32)
  /// Writes so many bytes at most.
  case short(Int)
  /// Succeeds, and nothing happens: for waiting on the disk, which nobody can see.
  case skip
}

/// Sees every call that changes the disk and can make it fail. For tests of what a failing disk leaves behind: no
/// option, setting or variable of the program makes one.
package final class DiskWatch: Sendable {
  package typealias Judge = @Sendable (DiskCall, _ path: String) -> DiskVerdict
  private let number: Int

  /// Asks `judge` before every call from now on, on the thread that makes it, until the value goes.
  package init(_ judge: @escaping Judge) {
    number = Self.judges.withLock { judges in
      let number = (judges.keys.max() ?? 0) + 1
      judges[number] = judge
      return number
    }
    Self.count.add(1, ordering: .releasing)
  }

  deinit {
    Self.count.subtract(1, ordering: .releasing)
    let number = number
    _ = Self.judges.withLock { $0.removeValue(forKey: number) }
  }

  private static let count = Atomic<Int>(0)
  private static let judges = Mutex<[Int: Judge]>([:])

  /// Without a watch this is one look at a number, beside a system call.
  @inline(__always)
  static func verdict(_ call: DiskCall, _ path: String) -> DiskVerdict {
    count.load(ordering: .relaxed) == 0 ? .proceed : judged(call, path)
  }

  private static func judged(_ call: DiskCall, _ path: String) -> DiskVerdict {
    for judge in judges.withLock({ Array($0.values) }) {
      let verdict = judge(call, path)
      if case .proceed = verdict { continue }
      return verdict
    }
    return .proceed
  }
}
