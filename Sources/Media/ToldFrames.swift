import CFFmpeg

/// How many pictures a video file has, by what its container tells without decoding.
package struct ToldFrames: Sendable, Hashable {
  /// How many there are, about.
  package var count: Int
  /// How many there may be, for what containers tell may be wrong.
  package var most: Int

  package init(count: Int, most: Int) { (self.count, self.most) = (count, most) }

  /// `frames`, of which there may be a twentieth and ten more.
  init(_ frames: Double) {
    count = Int(min(frames, 1e12).rounded())
    most = Int(min(frames * 1.05 + 10, 1e12).rounded(.up))
  }
}

extension Container {
  /// How many pictures `stream` has; nil where nothing is told that can be relied on. MP4 and GIF count their pictures.
  /// AVI files and Matroska files may be joined end to end, of which the first one's count or length is told; a mean rate is that
  /// of the beginning, which the rest need not keep to.
  func toldFrames(of stream: UnsafeMutablePointer<AVStream>) -> ToldFrames? {
    let counts = formatName == "gif" || formatName.split(separator: ",").contains("mp4")
    guard counts, stream.pointee.nb_frames > 0 else { return nil }
    let mean = frameRate(of: stream)
    let seconds = statedDuration(of: stream) ?? 0
    // A count may lack later fragments, which the duration has.
    let counted = max(
      Double(stream.pointee.nb_frames), Double(avformat_index_get_entries_count(stream)))
    return ToldFrames(max(counted, seconds * mean))
  }
}
