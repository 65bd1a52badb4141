import ClipData
import Foundation
import Media
import Testing

/// Every odd, broken or hostile file gives a verdict, and a segment or a one-line error, in time.
@Suite(.enabled(if: TestFiles.isPresent))
struct StressTests {
  @Test func everyFileIsJudgedInTime() throws {
    let source = MediaSource()
    let request = SegmentRequest(start: 0, duration: 1, rate: 8, shortSide: 64)
    let clock = ContinuousClock()
    for path in TestFiles.files("stress") {
      let begin = clock.now
      let probe = try source.probe(path: path)
      #expect(probe.reason.isEmpty == (probe.verdict == .ok), "\(path)")
      #expect(isOneLine(probe.reason), "\(path)")
      #expect(probe.duration.isFinite && probe.duration >= 0, "\(path)")
      #expect(probe.verdict.isUsableVideo == (probe.width > 0 && probe.height > 0), "\(path)")
      do {
        let segment = try source.segment(path: path, request)
        check(segment, request, path)
        if probe.verdict.isUsableVideo { #expect(!segment.times.isEmpty, "\(path)") }
      } catch {
        let text = "\(error)"
        #expect(!probe.verdict.isUsableVideo, "\(text)")
        #expect(text.hasPrefix(path) && isOneLine(text), "\(text)")
      }
      #expect(clock.now - begin < .seconds(20), "\(path)")
    }
  }

  private func check(_ segment: Segment, _ request: SegmentRequest, _ path: String) {
    #expect(segment.pixels.count == segment.times.count * segment.width * segment.height * 3)
    #expect(segment.times.count <= 8, "\(path)")
    #expect(segment.times == segment.times.sorted(), "\(path)")
    #expect((segment.times.last ?? 0).isFinite, "\(path)")
    #expect(segment.audio.isEmpty || segment.audio.count == 16_000, "\(path)")
    #expect(segment.audio.allSatisfy { $0 >= -1 && $0 <= 1 }, "\(path)")
    if !segment.times.isEmpty { #expect(min(segment.width, segment.height) == 64, "\(path)") }
  }
}
