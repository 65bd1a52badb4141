import ClipData
import Foundation
import Media
import Testing

/// Frames and sound agree with the ffmpeg command line on real videos.
@Suite(.enabled(if: TestFiles.isPresent && CommandLineTool.isPresent))
struct AgreementTests {
  static let videos = TestFiles.files(
    "videos", endings: ["mp4", "avi", "mpg", "mkv", "webm", "mov"])

  /// At the beginning, and after a seek.
  @Test(arguments: videos) func framesAgree(path: String) throws {
    let source = MediaSource()
    var reference: ReferenceVideo?
    for start in [0.0, 2.4] {
      let request = SegmentRequest(
        start: start, duration: 0.375, rate: 8, shortSide: 96, audioRate: 0)
      let segment = try source.segment(path: path, request)
      #expect(segment.warnings.isEmpty)
      if segment.times.isEmpty { continue }
      if reference == nil {
        reference = try ReferenceVideo(
          path: path, seconds: 3, width: segment.width, height: segment.height)
      }
      guard let reference else { continue }
      let bytes = segment.width * segment.height * 3
      for (index, time) in segment.times.enumerated() {
        let wanted = reference.index(at: start + Double(index) / 8)
        try #require(wanted < reference.count)
        #expect(abs(time - reference.times[wanted]) < 1e-5, "at \(start), frame \(index)")
        let got = segment.pixels[index * bytes..<(index + 1) * bytes]
        #expect(reference.difference(wanted, got) < 1, "at \(start), frame \(index)")
      }
    }
  }
}
