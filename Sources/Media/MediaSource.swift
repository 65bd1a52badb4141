import ClipData

/// Videos and sound in files, decoded by FFmpeg. Safe to share: each call opens the file anew and
/// decodes on the caller's thread, or in a decoder process while that thread waits.
package struct MediaSource: FrameSource {
  package let limits: MediaLimits
  /// Where files are decoded; nil for this process.
  let decoders: DecoderPool?

  /// Decodes in this process.
  package init(limits: MediaLimits = MediaLimits()) {
    (self.limits, decoders) = (limits, nil)
  }

  /// Decodes in processes of their own, within the limits of `decoders`. The results are the same.
  package init(decoders: DecoderPool) {
    (limits, self.decoders) = (decoders.limits, decoders)
  }

  package func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    try decodedSegment(path: path, request)
  }

  func decodedSegment(path: String, _ request: SegmentRequest) throws(MediaError) -> Segment {
    try Self.check(request, path: path)
    guard let decoders else {
      var decoder = SegmentDecoder(path: path, request: request, limits: limits)
      return try decoder.decode()
    }
    switch try decoders.ask(.segment(path, request), path: path) {
    case .segment(let segment): return segment
    case .failure(let error): throw error
    default: throw decoders.giveUp(path, .babbled)
    }
  }

  /// Opens the file at `path` for its moments. The error names it and the reason.
  package func moments(path: String) throws(MediaError) -> any MomentReading {
    guard let decoders else { return try MomentReader(path: path, limits: limits) }
    return try IsolatedMoments(decoders, path: path)
  }

  /// Opens the video file at `path` for its frames, one after another. The error names it and the reason.
  package func frames(path: String) throws(MediaError) -> any FrameReading {
    guard let decoders else { return HeldFrames(try VideoReader(path: path, limits: limits)) }
    return try IsolatedFrames(decoders, path: path)
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
