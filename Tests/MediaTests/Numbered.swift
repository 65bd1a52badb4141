import ClipData
import Foundation
import Media
import Testing

/// Videos whose frames show their numbers as their brightness.
enum Numbered {
  /// Frame n has luma 30 + 2 n on average, and noise, so that files have a body.
  static let filter = "geq=lum='30+2*N':cb=128:cr=128,noise=c0s=6:c0f=t"

  /// Writes a video of 64x48 pixels at 25 frames a second; `arguments` may replace codec and filter.
  static func make(_ path: String, seconds: Double, _ arguments: [String] = []) throws -> String {
    var words = ["-f", "lavfi", "-i", "nullsrc=s=64x48:r=25:d=\(seconds)"]
    if !arguments.contains("-vf") { words += ["-vf", filter] }
    // Lossless: brightness is what is looked at.
    words += arguments.contains("-c:v") ? ["-q:v", "2"] : ["-c:v", "libx264", "-qp", "0"]
    if !arguments.contains("-pix_fmt") { words += ["-pix_fmt", "yuv420p"] }
    try CommandLineTool.make(words + arguments, path)
    return path
  }

  /// Eight frames a second.
  static func request(_ start: Double, _ duration: Double, side: Int = 48) -> SegmentRequest {
    SegmentRequest(start: start, duration: duration, rate: 8, shortSide: side, audioRate: 0)
  }

  /// The numbers of a segment's frames.
  static func numbers(_ segment: Segment) -> [Int] {
    let bytes = segment.width * segment.height * 3
    return segment.times.indices.map { place in
      let sum = segment.pixels[place * bytes..<(place + 1) * bytes].reduce(0) { $0 + Int($1) }
      return Int((Double(sum) / Double(bytes) * 219 / 255 / 2).rounded()) - 7
    }
  }

  /// Every frame is the one whose time it has, or with `slack` one that many frames beside it.
  static func check(_ segment: Segment, _ context: String, slack: Int = 0) {
    for (time, number) in zip(segment.times, numbers(segment)) where time < 4 {
      #expect(
        abs(Int((time * 25).rounded()) - number) <= slack, "\(context): frame \(number) at \(time)")
    }
  }
}

/// Changes to the bytes of a file.
enum Surgery {
  /// Keeps the first `share` of it.
  static func cut(_ path: String, to share: Double) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try data.prefix(Int(Double(data.count) * share)).write(to: URL(fileURLWithPath: path))
  }

  /// Turns every 97th byte between two shares of it.
  static func flip(_ path: String, from: Double, to: Double) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    for place in stride(
      from: Int(Double(data.count) * from), to: Int(Double(data.count) * to), by: 97)
    { data[place] ^= 0x5A }
    try data.write(to: URL(fileURLWithPath: path))
  }

  /// Writes several files behind each other.
  static func join(_ paths: [String], _ path: String) throws {
    let data = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    try data.reduce(Data(), +).write(to: URL(fileURLWithPath: path))
  }
}
