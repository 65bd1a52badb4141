import CFFmpeg

/// Turns a track's timestamps into seconds from the beginning of the video.
///
/// Timestamps come from files: absent, negative, repeated or absurd ones must neither trap nor make
/// time run backward.
struct TrackClock {
  /// The timestamp at second zero; nil until a frame has given it.
  private(set) var origin: Double?
  /// Seconds a tick.
  let tick: Double
  /// Seconds from one frame to the next where nothing else is known.
  let interval: Double
  private var last: Double?
  private var offset = 0.0

  /// Seconds by which time must jump back before it is taken for a restart of the timestamps.
  private static let restart = 1.0

  /// - Parameter origin: seconds on the track's own scale that are to be zero, where known.
  init(tick: Double, interval: Double, origin: Double?) {
    self.tick = tick
    self.interval = interval
    self.origin = origin.map { $0 / tick }
  }

  /// Forgets the frame before: after a seek.
  mutating func flush() {
    last = nil
    offset = 0
  }

  /// Seconds of a frame whose best timestamp is `timestamp`; never before the frame before it.
  mutating func time(of timestamp: Int64) -> Double {
    var time: Double
    if timestamp == cff_no_pts() {
      time = last.map { $0 + interval } ?? 0
    } else {
      let ticks = Double(timestamp)
      let zero = origin ?? ticks
      origin = zero
      time = min(max((ticks - zero) * tick, -1e9), 1e9) + offset
      if let last, time < last - Self.restart {
        let moved = last + interval
        offset += moved - time
        time = moved
      }
    }
    if let last { time = max(time, last) }
    last = time
    return time
  }
}
