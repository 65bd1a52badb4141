import Foundation
import Settings

/// Opening a file, taking its first picture, and closing it, again and again: what it takes, and what it leaves of
/// memory and descriptors. A tenth as many cycles come before those that count.
enum OpenBench {
  static func run(_ values: OptionValues, _ report: (JSONValue) -> Void) throws {
    guard let read = try BenchVideos(values) else { return }
    let (source, videos) = (read.source, read.videos)
    func cycle(_ number: Int) throws {
      let reader = try source.moments(path: videos[number % videos.count].path)
      _ = try reader.pictures(at: [0], shortSide: 32, multiple: 1)
      reader.close()
    }
    let cycles = values[BenchSettings.cycles]
    for number in 0..<max(videos.count, cycles / 10) { try cycle(number) }
    let before = Holding()
    let seconds =
      try ContinuousClock().measure { for number in 0..<cycles { try cycle(number) } } / .seconds(1)
    let after = Holding()
    report(
      figures([
        ("bench", .string("open")), ("videos", .integer(videos.count)),
        ("isolation", .string(values[BenchSettings.isolation])), ("cycles", .integer(cycles)),
        ("cycle_s", .number(seconds / Double(cycles))),
        ("descriptors_before", .integer(before.descriptors)),
        ("descriptors_after", .integer(after.descriptors)),
        ("resident_before_mb", rounded(before.megabytes)),
        ("resident_after_mb", rounded(after.megabytes)),
      ]))
  }
}

/// What the process holds at a moment.
private struct Holding {
  let descriptors: Int
  /// Of memory in use, 2^20 bytes.
  let megabytes: Double

  init() {
    descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = fields.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    megabytes = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / Double(1 << 20)
  }
}
