import Media

/// A video file from a frame back to its beginning: stretches are decoded forward and handed out backward.
///
/// A stretch is found by a seek where the times of the frames that come prove that it is the right one, else by
/// decoding from the beginning.
final class BackwardStream: FrameStream {
  private let path: String
  private let source: MediaSource
  private let times: [Double]
  /// Frames that are still to be handed out.
  private var left: Int
  /// Decoded ones among these, the next to be handed out last.
  private var held: [[UInt8]] = []
  /// Those that were left out on the way forward have no time here and are passed over.
  let damaged = 0

  /// Bytes of the frames of one stretch, about.
  private static let stretchBytes = 64 << 20
  /// Seconds by which the time of a frame may differ from the one it had before.
  private static let slack = 1e-4

  init(path: String, source: MediaSource, times: [Double]) {
    self.path = path
    self.source = source
    self.times = times
    left = times.count
  }

  func next(width: Int, height: Int) throws -> StreamedFrame? {
    guard left > 0 else { return nil }
    if held.isEmpty {
      let length = max(2, min(512, Self.stretchBytes / (width * height * 3)))
      held = try stretch(max(0, left - length)..<left, width, height)
    }
    guard let pixels = held.popLast() else { return nil }
    left -= 1
    return StreamedFrame(time: times[left], pixels: pixels)
  }

  func skip() -> Double? {
    guard left > 0 else { return nil }
    _ = held.popLast()
    left -= 1
    return times[left]
  }

  func close() { held = [] }

  private func stretch(_ range: Range<Int>, _ width: Int, _ height: Int) throws -> [[UInt8]] {
    if let frames = try sought(range, width, height) { return frames }
    let reader = try source.frames(path: path)
    defer { reader.close() }
    for _ in 0..<range.lowerBound { _ = try reader.next() }
    return try range.map { _ in
      guard try reader.next() != nil else {
        throw EvaluationError(
          .badData, "\(path): reading it again gave fewer frames; copy the file to a local disk")
      }
      return try reader.pixels(width: width, height: height)
    }
  }

  /// The frames of `range` after a seek; nil where it did not lead to them.
  private func sought(_ range: Range<Int>, _ width: Int, _ height: Int) throws -> [[UInt8]]? {
    // Frames of equal times cannot be told apart.
    let around = max(0, range.lowerBound - 1)..<range.upperBound
    guard zip(times[around], times[around].dropFirst()).allSatisfy({ $1 - $0 > 2 * Self.slack })
    else { return nil }
    let reader = try source.frames(path: path)
    defer { reader.close() }
    let start = times[range.lowerBound]
    guard try reader.seek(before: start), var frame = try reader.next(),
      frame.time < start + Self.slack
    else { return nil }
    while frame.time < start - Self.slack {
      guard let following = try reader.next() else { return nil }
      frame = following
    }
    var result: [[UInt8]] = []
    for index in range {
      guard abs(frame.time - times[index]) < Self.slack else { return nil }
      result.append(try reader.pixels(width: width, height: height))
      if index + 1 < range.upperBound {
        guard let following = try reader.next() else { return nil }
        frame = following
      }
    }
    return result
  }
}
