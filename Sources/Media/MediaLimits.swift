import CFFmpeg
import CProcess
import Synchronization

/// Bounds on what one file may cost, so that none can hang or exhaust a run.
package struct MediaLimits: Sendable, Hashable {
  /// Pixels of one coded picture.
  package var maxPixels: Int64 = 8192 * 8192
  /// Tracks in one file.
  package var maxStreams: Int = 128
  /// Bytes read to find out what the tracks are.
  package var probeBytes: Int64 = 8_000_000
  /// Microseconds of content read to find out what the tracks are.
  package var analyzeMicroseconds: Int64 = 5_000_000
  /// Seconds that a whole probe may take.
  package var probeSeconds: Double = 10
  /// Seconds without a newly decoded frame after which reading gives up.
  package var stallSeconds: Double = 30
  /// Bytes of the pixels that one segment may hold.
  package var maxSegmentBytes: Int = 2 << 30

  package init() {}
}

/// The moment when reading of one file gives up; FFmpeg's interrupt callback looks at it.
///
/// It lives as long as the containers that use it, on the thread that uses them.
final class Deadline {
  let pointer: UnsafeMutablePointer<cff_deadline>
  private let seconds: Double
  private let renews: Bool

  /// Passes `seconds` from now; with `renewing`, `seconds` after the last `progress()`.
  init(seconds: Double, renewing: Bool) {
    self.seconds = seconds
    self.renews = renewing
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: cff_deadline())
    cff_deadline_set(pointer, Int64(seconds * 1e9))
    show()
  }

  /// Where the newest deadline of the process is shown to the one that watches over it; 0 for nobody.
  private static let board = Atomic<Int>(0)

  /// From now on shows the newest deadline at `place`, which stays.
  static func show(at place: UnsafeMutablePointer<Int64>) {
    board.store(Int(bitPattern: place), ordering: .relaxed)
  }

  private func show() {
    if let place = UnsafeMutablePointer<Int64>(bitPattern: Self.board.load(ordering: .relaxed)) {
      cp_put(place, pointer.pointee.nanoseconds)
    }
  }

  deinit { pointer.deallocate() }

  var hasPassed: Bool { cff_deadline_passed(pointer) != 0 }

  /// A frame was decoded, or is asked for: the time between two requests does not count.
  func progress() {
    guard renews else { return }
    cff_deadline_set(pointer, Int64(seconds * 1e9))
    show()
  }

  func error(path: String) -> MediaError {
    MediaError(
      .timeout, path: path,
      reason: "reading made no progress within \(seconds) s; leave this file out or re-encode it")
  }
}
