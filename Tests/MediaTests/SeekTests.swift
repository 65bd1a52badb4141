import ClipData
import Foundation
import Media
import Testing

/// A segment in the middle of a video holds the frames that decoding from its beginning gives there,
/// in containers and codecs whose seeks go astray.
@Suite(.enabled(if: CommandLineTool.isPresent))
struct SeekTests {
  static let forms: [(name: String, arguments: [String])] = [
    ("open.mkv", ["-c:v", "libx264", "-x264opts", "open_gop=1:bframes=4:keyint=24"]),
    ("open.ts", ["-c:v", "libx264", "-x264opts", "open_gop=1:bframes=4:keyint=24"]),
    ("plain.mp4", ["-c:v", "libx264", "-bf", "3", "-g", "40"]),
    ("intra.mp4", ["-c:v", "libx264", "-x264opts", "intra-refresh=1:keyint=30"]),
    ("hevc.mp4", ["-c:v", "libx265", "-x265-params", "log-level=error:keyint=24:open-gop=1"]),
    ("bframes.avi", ["-c:v", "mpeg4", "-bf", "2", "-g", "24"]),
    ("two.mpg", ["-c:v", "mpeg2video", "-bf", "2", "-g", "12"]),
    ("two.ts", ["-c:v", "mpeg2video", "-bf", "2", "-g", "12"]),
    ("one.mpg", ["-c:v", "mpeg1video", "-g", "15"]),
    ("one.flv", ["-c:v", "flv", "-g", "15"]),
    ("vp9.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30"]),
    ("theora.ogv", ["-c:v", "libtheora", "-g", "30"]),
    ("raw.h264", ["-c:v", "libx264", "-g", "30"]),
  ]

  @Test(arguments: forms.indices) func segmentsAgreeWithDecodingAll(index: Int) throws {
    let form = Self.forms[index]
    let folder = try TemporaryFolder()
    let path = folder.path(form.name)
    let input = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=6", "-threads", "1"]
    try CommandLineTool.make(input + form.arguments, path)
    try Self.compare(path, starts: [1.9, 2.28, 3.61, 5.0, 5.55, 5.9])
  }

  /// Compares segments of `path` with all of its frames, decoded in order.
  static func compare(_ path: String, starts: [Double]) throws {
    let reader = try VideoReader(path: path)
    defer { reader.close() }
    var times: [Double] = []
    var pictures: [[UInt8]] = []
    var end = 0.0
    while let frame = try reader.next() {
      times.append(frame.time)
      pictures.append(try reader.pixels(of: frame))
      end = frame.time + frame.duration
    }
    let source = MediaSource()
    for start in starts {
      let probe = try source.probe(path: path)
      let request = SegmentRequest(
        start: start, duration: 0.5, rate: 12.5, shortSide: min(probe.width, probe.height),
        audioRate: 0)
      let segment = try source.segment(path: path, request)
      var wanted: [Int] = []
      for i in 0..<7 where Double(i) / 12.5 < 0.5 {
        let time = start + Double(i) / 12.5
        if time + 1e-6 < end { wanted.append(times.lastIndex { $0 <= time + 1e-6 } ?? 0) }
      }
      #expect(segment.times.count == wanted.count, "\(path) from \(start)")
      guard segment.times.count == wanted.count else { continue }
      let bytes = segment.width * segment.height * 3
      for (i, index) in wanted.enumerated() {
        let context = "\(path) from \(start), frame \(i): \(segment.times[i]) for \(times[index])"
        #expect(abs(segment.times[i] - times[index]) < 1e-5, "\(context)")
        let isSame = segment.pixels[i * bytes..<(i + 1) * bytes].elementsEqual(pictures[index])
        #expect(isSame, "\(context)")
      }
    }
  }
}

/// A folder that is deleted with its content.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
