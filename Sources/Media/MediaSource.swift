import ClipData

/// Videos and sound in files, decoded by FFmpeg. Safe to share: each call opens the file anew and
/// decodes on the caller's thread.
package struct MediaSource: FrameSource {
  package var limits: MediaLimits

  package init(limits: MediaLimits = MediaLimits()) { self.limits = limits }

  package func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    try Self.check(request, path: path)
    var decoder = SegmentDecoder(path: path, request: request, limits: limits)
    return try decoder.decode()
  }

  private static func check(_ request: SegmentRequest, path: String) throws(MediaError) {
    func demand(_ holds: Bool, _ reason: String) throws(MediaError) {
      if !holds { throw MediaError(.request, path: path, reason: reason) }
    }
    try demand(
      request.start.isFinite && (0...1e8).contains(request.start),
      "a segment cannot start at \(request.start) s")
    try demand(
      request.duration > 0 && request.duration <= 1e5,
      "a segment cannot last \(request.duration) s; ask for up to 100000 s")
    try demand(
      request.rate > 0 && request.rate <= 1000,
      "\(request.rate) frames a second cannot be sampled; ask for up to 1000")
    try demand(
      (0...16_384).contains(request.shortSide),
      "frames cannot be scaled to a short side of \(request.shortSide) pixels")
    try demand(
      request.shortSide > 0 || request.audioRate > 0, "neither pictures nor sound are asked for")
    try demand(
      request.audioRate == 0 || (1000...384_000).contains(request.audioRate),
      "sound cannot be resampled to \(request.audioRate) Hz; ask for 1000 to 384000, or 0 for none")
  }
}
