/// What is known of a decoded segment without its pixels: enough to draw clips from it.
package struct SegmentSummary: Sendable, Hashable {
  /// Size of every frame in pixels.
  package var width: Int
  package var height: Int
  /// Seconds from the beginning of the video to each frame, rising.
  package var times: [Double]
  /// Seconds from the beginning of the video to the first sample of the sound.
  package var audioStart: Double
  package var audioRate: Int
  /// Samples of sound; 0 when there is none.
  package var audioCount: Int
  /// The shots, as ranges of frame indices that cover the segment in order.
  package var shots: [Range<Int>]
  /// A grey picture of `thumbnailSide`² bytes of each frame, one after the other.
  package var thumbnails: [UInt8]
  /// What was amiss and survived.
  package var warnings: [String]

  package static let thumbnailSide = 16

  /// Bytes of memory, about.
  var cost: Int { thumbnails.count + times.count * 8 + 1024 }

  /// Seconds of sound.
  var audioSeconds: Double { audioRate > 0 ? Double(audioCount) / Double(audioRate) : 0 }

  /// Bytes of one frame.
  package var frameBytes: Int { width * height * 3 }

  /// The second that frame `index` stands for, `rate` being the frames a second that were asked for: the time of its
  /// picture, but where that picture had been shown for more than `held` seconds already the second that it was taken
  /// for, which may be long after.
  func second(ofFrame index: Int, rate: Double, held: Double) -> Double {
    let wanted = audioStart + Double(index) / rate
    return times[index] < wanted - held ? wanted : times[index]
  }

  /// The mean absolute difference (0...255) of the thumbnails of two frames.
  package func difference(_ a: Int, _ b: Int) -> Double {
    let size = Self.thumbnailSide * Self.thumbnailSide
    var total = 0
    for index in 0..<size {
      total += abs(Int(thumbnails[a * size + index]) - Int(thumbnails[b * size + index]))
    }
    return Double(total) / Double(size)
  }

  /// The mean brightness of a frame, 0...1.
  func brightness(_ frame: Int) -> Float {
    let size = Self.thumbnailSide * Self.thumbnailSide
    let total = thumbnails[frame * size..<(frame + 1) * size].reduce(0) { $0 + Int($1) }
    return Float(total) / Float(255 * size)
  }

  /// Looks through the pixels of a decoded segment.
  ///
  /// Throws when the segment does not hold what it says.
  init(_ segment: Segment, _ request: SegmentRequest) throws(SegmentError) {
    width = segment.width
    height = segment.height
    times = segment.times
    audioStart = request.start
    audioRate = request.audioRate
    audioCount = segment.audio.count
    warnings = segment.warnings
    guard request.shortSide > 0 else {
      guard audioCount > 0 else { throw .noSound }
      guard times.isEmpty, segment.pixels.isEmpty else { throw .inconsistent("unwanted pictures") }
      (shots, thumbnails) = ([], [])
      return
    }
    guard !times.isEmpty, width > 0, height > 0 else { throw .noFrames }
    guard segment.pixels.count == times.count * width * height * 3 else {
      throw .inconsistent("\(segment.pixels.count) bytes for \(times.count) frames")
    }
    let count = times.count
    (shots, thumbnails) = segment.pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return ([], []) }
      let shots = ShotDetector().shots(
        pixels: pixels, count: count, width: segment.width, height: segment.height)
      let bytes = segment.width * segment.height * 3
      let thumbnails = (0..<count).flatMap {
        Self.thumbnail(pixels + $0 * bytes, width: segment.width, height: segment.height)
      }
      return (shots, thumbnails)
    }
  }

  init(
    width: Int, height: Int, times: [Double], audioStart: Double, audioRate: Int, audioCount: Int,
    shots: [Range<Int>], thumbnails: [UInt8], warnings: [String]
  ) {
    self.width = width
    self.height = height
    self.times = times
    self.audioStart = audioStart
    self.audioRate = audioRate
    self.audioCount = audioCount
    self.shots = shots
    self.thumbnails = thumbnails
    self.warnings = warnings
  }

  /// Means of green (which carries most of the brightness) over a grid of cells.
  private static func thumbnail(
    _ frame: UnsafePointer<UInt8>, width: Int, height: Int
  ) -> [UInt8] {
    let side = thumbnailSide
    var grey = [UInt8](repeating: 0, count: side * side)
    for row in 0..<side {
      let rows = cell(row, of: height)
      for column in 0..<side {
        let columns = cell(column, of: width)
        var total = 0
        for y in rows {
          for x in columns { total &+= Int(frame[(y &* width &+ x) &* 3 &+ 1]) }
        }
        grey[row * side + column] = UInt8(total / (rows.count * columns.count))
      }
    }
    return grey
  }

  /// The pixels of cell `index` along an extent; never empty, so that cells of a tiny picture overlap.
  private static func cell(_ index: Int, of extent: Int) -> Range<Int> {
    let low = index * extent / thumbnailSide
    let high = (index + 1) * extent / thumbnailSide
    return low..<max(low + 1, high)
  }
}

/// Why a decoded segment is of no use.
package enum SegmentError: Error, CustomStringConvertible {
  case noFrames
  case noSound
  case inconsistent(String)
  case tooShort(Int)
  case failed(String)
  case damagedCache(String)
  /// It could not be decoded through no fault of its file.
  case run(any Error)

  package var description: String {
    switch self {
    case .noFrames: "no frame could be decoded in the stretch"
    case .noSound: "no sound is heard in the stretch"
    case .inconsistent(let detail): "the decoder's answer does not fit together: \(detail)"
    case .tooShort(let frames):
      "its longest shot has \(frames) frame\(frames == 1 ? "" : "s"); a clip needs two"
    case .failed(let reason), .damagedCache(let reason): reason
    case .run(let error): "\(error)"
    }
  }
}
