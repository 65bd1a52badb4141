import ClipData

/// Picks the frames shown at wanted times out of a video that is decoded once, in order.
///
/// The frame shown at second t is the latest one whose time is at most t + 1e-6 (the tolerance takes
/// up the rounding of times); before the first frame of the video it is the first; at and after the
/// end (the last frame's time plus its duration) there is none.
struct FrameSampler {
  static let tolerance = 1e-6

  /// How many frames are wanted.
  let wanted: Int
  /// The second of the i-th wanted frame; rising.
  private let wantedTime: @Sendable (Int) -> Double
  private let shortSide: Int
  /// The longer side becomes a multiple of it.
  private let multiple: Int
  private(set) var width = 0
  private(set) var height = 0
  private(set) var times: [Double] = []
  private(set) var pixels: [UInt8] = []
  private var held: VideoFrame?
  private var heldIsLastWritten = false

  /// Every i with i / rate within the duration.
  init(_ request: SegmentRequest) {
    shortSide = request.shortSide
    multiple = 1
    wanted = Int((request.duration * request.rate - 1e-6).rounded(.up))
    wantedTime = { request.start + Double($0) / request.rate }
  }

  /// The frames at `times`, which rise.
  init(times: [Double], shortSide: Int, multiple: Int) {
    self.shortSide = shortSide
    self.multiple = multiple
    wanted = times.count
    wantedTime = { times[$0] }
  }

  var isFull: Bool { times.count >= wanted }

  private var nextTime: Double { wantedTime(times.count) }

  /// The frames up to the next one at `frame.time` are decided: takes those that are wanted.
  mutating func see(_ frame: VideoFrame, _ reader: VideoReader) throws(MediaError) {
    if held == nil { held = frame }
    while !isFull, nextTime + Self.tolerance < frame.time { try take(reader) }
    held = frame
    heldIsLastWritten = false
  }

  /// The video has ended: the last frame is shown for its duration. Its end in seconds.
  mutating func finish(_ reader: VideoReader) throws(MediaError) -> Double {
    guard let held else { return 0 }
    let end = held.time + held.duration
    while !isFull, nextTime + Self.tolerance < end { try take(reader) }
    return end
  }

  private mutating func take(_ reader: VideoReader) throws(MediaError) {
    guard let held else { return }
    if width == 0 { try choose(held, reader) }
    let bytes = width * height * 3
    if heldIsLastWritten {
      pixels.append(contentsOf: Array(pixels.suffix(bytes)))
    } else {
      let offset = pixels.count
      pixels.append(contentsOf: repeatElement(0, count: bytes))
      var failure: MediaError?
      pixels.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        do throws(MediaError) {
          try reader.writePixels(of: held, width: width, height: height, into: base + offset)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
    }
    heldIsLastWritten = true
    times.append(held.time)
  }

  private mutating func choose(_ frame: VideoFrame, _ reader: VideoReader) throws(MediaError) {
    (width, height) = FrameGeometry.scaled(
      width: frame.width, height: frame.height, shortSide: shortSide, multiple: multiple)
    let limit = reader.container.limits.maxSegmentBytes
    let (bytes, overflow) = (width * height * 3).multipliedReportingOverflow(by: wanted)
    guard max(width, height) <= 16_384, !overflow, bytes <= limit else {
      throw MediaError(
        .request, path: reader.path,
        reason: "\(wanted) frames of \(width)x\(height) are more than one segment may hold; "
          + "ask for a shorter stretch or smaller frames")
    }
    pixels.reserveCapacity(bytes)
  }
}
