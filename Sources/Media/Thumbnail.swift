import ClipData

/// A small picture of a video at one moment.
package struct Thumbnail: Sendable {
  package let jpeg: [UInt8]
  package let width: Int
  package let height: Int

  /// The picture shown at second `time` of the file at `path`, its shorter side `side` pixels; nil where there
  /// is none, as in a sound file.
  package init?(path: String, time: Double, side: Int, source: MediaSource) {
    // The last picture's own moment may lie a little before the end that a clip is said to have.
    let starts = [max(0, time), max(0, time - 0.5), 0]
    for start in starts {
      let request = SegmentRequest(
        start: start, duration: 0.2, rate: 5, shortSide: side, audioRate: 0)
      guard let segment = try? source.segment(path: path, request),
        !segment.times.isEmpty
      else { continue }
      let bytes = Array(segment.pixels.prefix(segment.width * segment.height * 3))
      guard
        let jpeg = try? ImageWriter.jpeg(
          bytes, width: segment.width, height: segment.height, quality: 6, name: path)
      else { return nil }
      self.jpeg = jpeg
      (width, height) = (segment.width & ~1, segment.height & ~1)
      return
    }
    return nil
  }
}
