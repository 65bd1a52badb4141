import CFFmpeg

/// How many pictures a video file has, by what its container tells without decoding.
package struct ToldFrames: Sendable, Hashable {
  /// How many there are, about.
  package var count: Int
  /// How many there may be, for what containers tell may be wrong.
  package var most: Int

  package init(count: Int, most: Int) { (self.count, self.most) = (count, most) }

  /// `frames`, of which there may be `slack` times as many and ten more.
  init(_ frames: Double, slack: Double) {
    count = Int(min(frames, 1e12).rounded())
    most = Int(min(frames * slack + 10, 1e12).rounded(.up))
  }
}

extension Container {
  /// How many pictures `stream` has; nil where nothing is told that can be relied on: a transport stream's times
  /// may begin anew within it, and a raw stream's length is guessed.
  func toldFrames(of stream: UnsafeMutablePointer<AVStream>) -> ToldFrames? {
    let mean = frameRate(of: stream)
    guard mean > 0, let seconds = statedDuration(of: stream) else { return nil }
    if stream.pointee.nb_frames > 0 {
      // A count may lack later fragments, which the duration has.
      let counted = max(
        Double(stream.pointee.nb_frames), Double(avformat_index_get_entries_count(stream)))
      return ToldFrames(max(counted, seconds * mean), slack: 1.05)
    }
    let fastest = stream.pointee.r_frame_rate
    guard format?.duration_estimation_method == AVFMT_DURATION_FROM_STREAM, fastest.num > 0,
      fastest.den > 0
    else { return nil }
    // Files may be joined end to end, of which the first one's length is told.
    let rate = max(mean, Double(fastest.num) / Double(fastest.den))
    return ToldFrames(seconds * mean, slack: 4 * rate / mean)
  }
}
