import ClipData
import Settings
import TensorCore

/// Decoding the first ten seconds of every video of a folder, nothing cached, several files at once.
enum DecodeBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    guard let read = try BenchVideos(values) else { return }
    let (source, videos) = (read.source, read.videos)
    let (size, rate) = (values[BenchSettings.size], values[BenchSettings.rate])
    let request = SegmentRequest(start: 0, duration: 10, rate: rate, shortSide: size)
    var frames = [Int](repeating: 0, count: videos.count)
    let seconds =
      ContinuousClock().measure {
        frames.withUnsafeMutableBufferPointer { frames in
          nonisolated(unsafe) let frames = frames
          parallelFor(videos.count) { place in
            let segment = try? source.segment(path: videos[place].path, request)
            frames[place] = segment?.times.count ?? 0
          }
        }
      } / .seconds(1)
    let decoded = frames.reduce(0, +)
    report(
      figures([
        ("bench", .string("decode")), ("videos", .integer(frames.count { $0 > 0 })),
        ("failed", .integer(frames.count { $0 == 0 })), ("size", .integer(size)),
        ("rate", .number(rate)), ("isolation", .string(values[BenchSettings.isolation])),
        ("threads", .integer(Threads.count)),
        ("decode_s", rounded(seconds)), ("frames_per_s", rounded(Double(decoded) / seconds)),
      ]))
  }
}
