/// How a video is cut into stretches that are decoded one at a time, so that memory does not depend on
/// its length.
package enum SegmentPlan {
  /// How many stretches a video of `duration` seconds has; one when its length is unknown (0).
  package static func count(duration: Double, _ settings: ClipSettings) -> Int {
    guard duration > settings.segmentSeconds else { return 1 }
    // A video of a year has two million stretches of 16 s; more is a broken header.
    return Int(min((duration / settings.segmentSeconds - 1e-6).rounded(.up), 2_000_000))
  }

  /// Stretch `index` of the video: equal parts of at most `settings.segmentSeconds` that begin on the
  /// grid of frame times.
  package static func request(
    _ index: Int, duration: Double, _ settings: ClipSettings
  ) -> SegmentRequest {
    let count = count(duration: duration, settings)
    func border(_ index: Int) -> Double {
      (duration * Double(index) / Double(count) * settings.rate).rounded(.down) / settings.rate
    }
    let length = duration > 0 ? duration : settings.segmentSeconds
    let start = index == 0 ? 0 : border(index)
    let end = index == count - 1 ? length : border(index + 1)
    return SegmentRequest(
      start: start, duration: end - start, rate: settings.rate, shortSide: settings.shortSide,
      audioRate: settings.audioSeconds > 0 ? ClipSettings.audioRate : 0)
  }
}
