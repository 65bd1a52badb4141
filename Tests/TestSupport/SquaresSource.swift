import ClipData
import Foundation
import Synchronization
import TensorCore

/// Any number of videos that exist in memory only: a textured square moves over a textured ground, and
/// a tone's pitch follows it. Everything depends on the path alone, `synthetic/<number>`.
package final class SquaresSource: FrameSource {
  package struct Options: Sendable {
    package var videos = 8
    package var duration = 4.0
    package var width = 96
    package var height = 72
    /// Seconds between hard cuts; 0 for none.
    package var shotLength = 0.0
    /// Seconds for which each picture is shown, where that is longer than clips ask for; 0 for a moving picture.
    package var hold = 0.0
    /// Videos without sound, and whose decoding fails.
    package var silent: Set<Int> = []
    package var broken: Set<Int> = []
    /// Seconds that a decode takes, to shake the order in which threads finish.
    package var delay = 0.0
    package init() {}
  }

  package let options: Options
  private let counter = Mutex(0)

  package init(_ options: Options = Options()) { self.options = options }

  /// How many segments have been decoded.
  package var decodes: Int { counter.withLock { $0 } }

  package func path(_ video: Int) -> String { "synthetic/\(video)" }

  /// The index of all videos, made without touching the disk.
  package var index: VideoIndex {
    VideoIndex(
      videos: (0..<options.videos).map { video in
        VideoEntry(
          relativePath: "\(video)", path: path(video),
          identity: FileIdentity(size: Int64(video), modified: 1), probe: probe(path: path(video)))
      })
  }

  package func probe(path: String) -> VideoProbe {
    guard let video = number(path) else {
      return VideoProbe(verdict: .unreadable, reason: "not a synthetic video")
    }
    return VideoProbe(
      verdict: .ok, duration: options.duration, frameRate: 25, width: options.width,
      height: options.height, videoCodec: "synthetic",
      audioCodec: options.silent.contains(video) ? "" : "tone")
  }

  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  package func segment(path: String, _ request: SegmentRequest) throws -> Segment {
    counter.withLock { $0 += 1 }
    guard let video = number(path), !options.broken.contains(video) else {
      throw Failure(description: "\(path): damaged on purpose")
    }
    if options.delay > 0 {
      Thread.sleep(forTimeInterval: options.delay * Double((video * 7) % 5) / 4)
    }
    let scale = Double(request.shortSide) / Double(min(options.width, options.height))
    let width = Int((Double(options.width) * scale).rounded())
    let height = Int((Double(options.height) * scale).rounded())
    let end = max(request.start, min(request.start + request.duration, options.duration))
    let count =
      request.shortSide > 0
      ? max(0, Int(((end - request.start) * request.rate - 1e-9).rounded(.up))) : 0
    let times = (0..<count).map {
      let time = request.start + Double($0) / request.rate
      return options.hold > 0 ? (time / options.hold).rounded(.down) * options.hold : time
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * width * height * 3)
    for time in times { draw(video, at: time, width, height, into: &pixels) }
    var audio: [Float] = []
    if request.audioRate > 0, !options.silent.contains(video) {
      let samples = Int((end - request.start) * Double(request.audioRate))
      audio = (0..<samples).map { sample in
        let time = request.start + Double(sample) / Double(request.audioRate)
        return 0.3 * Float(sin(2 * Double.pi * (200 + 150 * Double(video % 9)) * time))
      }
    }
    return Segment(width: width, height: height, times: times, pixels: pixels, audio: audio)
  }

  private func number(_ path: String) -> Int? {
    guard path.hasPrefix("synthetic/") else { return nil }
    return Int(path.dropFirst("synthetic/".count))
  }

  /// The shot that a moment belongs to.
  package func shot(at time: Double) -> Int {
    options.shotLength > 0 ? Int((time / options.shotLength + 1e-9).rounded(.down)) : 0
  }

  private func draw(
    _ video: Int, at time: Double, _ width: Int, _ height: Int, into pixels: inout [UInt8]
  ) {
    var random = CounterRandom(seed: 9, purpose: .test, video: video)
    // Each shot is a good step along the range of colours from the one before.
    let step = 0.37 * Double(shot(at: time))
    let ground = (0..<3).map { _ in
      40 + 170 * (random.uniform(0...1) + step).truncatingRemainder(dividingBy: 1)
    }
    let thing = (0..<3).map { channel in 255 - ground[channel] }
    let phase = random.uniform(0...6)
    let side = Double(min(width, height)) / 3
    let left = (Double(width) - side) * (0.5 + 0.5 * sin(time * 1.7 + phase))
    let top = (Double(height) - side) * (0.5 + 0.5 * cos(time * 1.3 + phase))
    for y in 0..<height {
      for x in 0..<width {
        let u = Double(x) - left
        let v = Double(y) - top
        let isThing = u >= 0 && v >= 0 && u < side && v < side
        let texture =
          isThing
          ? 30 * Double((Int(u) / 4 + Int(v) / 4) % 2) - 15
          : 25 * sin(Double(x) * 0.31 + phase) * sin(Double(y) * 0.23)
        for channel in 0..<3 {
          let colour = (isThing ? thing : ground)[channel] + texture
          pixels.append(UInt8(max(0, min(255, colour))))
        }
      }
    }
  }
}
