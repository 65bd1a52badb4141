/// Where the frames and the sound of a segment are: in memory or in a file.
protocol SegmentContent: Sendable {
  var summary: SegmentSummary { get }
  /// Bytes of memory that are held.
  var cost: Int { get }
  /// Fills `target`, `summary.frameBytes` long.
  func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(SegmentError)
  /// Samples of 16 bits within the segment's sound.
  func samples(_ range: Range<Int>) throws(SegmentError) -> [Int16]
}

/// A decoded segment in memory. Its sound is rounded to 16 bits, so that training has the same bits
/// whether a segment was decoded just now or comes from the disk.
struct SegmentMemory: SegmentContent {
  let summary: SegmentSummary
  let pixels: [UInt8]
  let sound: [Int16]

  init(_ segment: Segment, _ request: SegmentRequest) throws(SegmentError) {
    summary = try SegmentSummary(segment, request)
    pixels = segment.pixels
    sound = segment.audio.map { sample in
      sample.isFinite ? Int16((min(max(sample, -1), 1) * 32767).rounded()) : 0
    }
  }

  var cost: Int { summary.cost + pixels.count + 2 * sound.count }

  func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(SegmentError) {
    pixels.withUnsafeBytes { pixels in
      let start = frame * summary.frameBytes
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: pixels[start..<start + target.count]))
    }
  }

  func samples(_ range: Range<Int>) throws(SegmentError) -> [Int16] { Array(sound[range]) }
}

/// A decoded segment as `SegmentCache` hands it out: its summary, and its frames and sound on request.
package struct StoredSegment: Sendable {
  let content: any SegmentContent

  package var summary: SegmentSummary { content.summary }

  /// The pixels of the given frames, one after the other, `summary.frameBytes` each.
  package func pixels(frames: [Int]) throws(SegmentError) -> [UInt8] {
    let bytes = summary.frameBytes
    var pixels = [UInt8](repeating: 0, count: frames.count * bytes)
    var target = pixels.mutableSpan
    try target.withUnsafeMutableBytes { (target) throws(SegmentError) in
      for (place, frame) in frames.enumerated() {
        let part = target[place * bytes..<(place + 1) * bytes]
        try content.read(frame: frame, into: UnsafeMutableRawBufferPointer(rebasing: part))
      }
    }
    return pixels
  }

  /// `count` samples of sound in -1...1 from sample `first` on; silence where the segment has none.
  package func audio(first: Int, count: Int) throws(SegmentError) -> [Float] {
    var sound = [Float](repeating: 0, count: count)
    let low = max(first, 0)
    let range = low..<max(low, min(first + count, summary.audioCount))
    guard !range.isEmpty else { return sound }
    for (place, sample) in try content.samples(range).enumerated() {
      sound[range.lowerBound - first + place] = Float(sample) / 32767
    }
    return sound
  }
}
