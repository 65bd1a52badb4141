import CFFmpeg

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
    pointer.initialize(to: cff_deadline(nanoseconds: cff_now() &+ Int64(seconds * 1e9)))
  }

  deinit { pointer.deallocate() }

  var hasPassed: Bool { cff_deadline_passed(pointer) != 0 }

  /// A frame was decoded.
  func progress() {
    if renews { pointer.pointee.nanoseconds = cff_now() &+ Int64(seconds * 1e9) }
  }

  func error(path: String) -> MediaError {
    MediaError(
      .timeout, path: path,
      reason: "reading made no progress within \(seconds) s; leave this file out or re-encode it")
  }
}
