/// What a reader of videos must offer: a probe, and the decoded content of a stretch of time.
///
/// `Media` implements it over FFmpeg, tests over synthetic clips; `SegmentCache` keeps what it decodes. Nothing below
/// `Media` knows about files of any format.
package protocol FrameSource: Sendable {
  /// What the file at `path` holds, or why it cannot be used. A bad file is a verdict; only a `RunFault` is thrown.
  func probe(path: String) throws -> VideoProbe

  /// Decodes the stretch `[request.start, request.start + request.duration)` of the file at `path`.
  ///
  /// Throws an error whose description is one line that names the file and the reason, or a `RunFault`.
  func segment(path: String, _ request: SegmentRequest) throws -> Segment
}

/// What probing one file found.
package struct VideoProbe: Sendable, Codable, Hashable {
  /// The judgement of a file: `ok`, `partial` (usable with a warning), or a reason it is left out.
  package enum Verdict: String, Sendable, Codable, CaseIterable {
    case ok, partial, audioOnly, unreadable, refused, empty
    /// Whether frames of such a file can be trained on.
    package var isUsableVideo: Bool { self == .ok || self == .partial }
  }
  package var verdict: Verdict
  /// One line: why the verdict is not `ok`; empty when it is.
  package var reason: String
  /// Seconds of video (of sound where there is no video); 0 when unknown.
  package var duration: Double
  /// Average frames a second; 0 when unknown.
  package var frameRate: Double
  /// Displayed size in pixels, after rotation and sample aspect ratio.
  package var width: Int
  package var height: Int
  package var videoCodec: String
  /// Empty when there is no sound.
  package var audioCodec: String
  package var hasAudio: Bool { !audioCodec.isEmpty }
  /// Whether there is sound to train on, with pictures or without.
  package var isUsableSound: Bool {
    hasAudio && (verdict.isUsableVideo || verdict == .audioOnly)
  }

  package init(
    verdict: Verdict, reason: String = "", duration: Double = 0, frameRate: Double = 0,
    width: Int = 0, height: Int = 0, videoCodec: String = "", audioCodec: String = ""
  ) {
    self.verdict = verdict
    self.reason = reason
    self.duration = duration
    self.frameRate = frameRate
    self.width = width
    self.height = height
    self.videoCodec = videoCodec
    self.audioCodec = audioCodec
  }
}

/// A stretch of a video and the form in which it is wanted.
package struct SegmentRequest: Sendable, Hashable, Codable {
  /// Seconds from the beginning of the video.
  package var start: Double
  /// Seconds.
  package var duration: Double
  /// Frames a second: the frame shown at `start + i / rate` is wanted for every i within the stretch.
  package var rate: Double
  /// Pixels of the shorter displayed side after scaling; the aspect ratio is kept. 0 for no pictures.
  package var shortSide: Int
  /// Samples a second of the mono sound, or 0 for none.
  package var audioRate: Int

  package init(
    start: Double, duration: Double, rate: Double, shortSide: Int, audioRate: Int = 16_000
  ) {
    self.start = start
    self.duration = duration
    self.rate = rate
    self.shortSide = shortSide
    self.audioRate = audioRate
  }
}

/// Decoded frames and sound of one stretch of a video.
package struct Segment: Sendable {
  /// Size of every frame in pixels.
  package var width: Int
  package var height: Int
  /// The presentation time of each frame in seconds from the beginning of the video, rising.
  package var times: [Double]
  /// RGB, 8 bits, row-major, `times.count * height * width * 3` bytes.
  package var pixels: [UInt8]
  /// Mono sound in -1...1; sample i is at `start + i / audioRate`. Empty when there is none. It covers
  /// the whole stretch when present (silence where the track has no sound).
  package var audio: [Float]
  /// What was amiss and survived (damaged frames left out, truncated file); empty when nothing was.
  package var warnings: [String]

  package init(
    width: Int, height: Int, times: [Double], pixels: [UInt8], audio: [Float],
    warnings: [String] = []
  ) {
    self.width = width
    self.height = height
    self.times = times
    self.pixels = pixels
    self.audio = audio
    self.warnings = warnings
  }
}
