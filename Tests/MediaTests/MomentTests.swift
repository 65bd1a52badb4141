import ClipData
import Foundation
import Media
import Testing

/// Pictures at chosen times are those that decoding everything gives there, though the decoder passes over others.
@Suite(.enabled(if: CommandLineTool.isPresent))
struct MomentTests {
  @Test(arguments: SeekTests.forms.indices) func picturesAreThoseShownThen(index: Int) throws {
    let form = SeekTests.forms[index]
    let folder = try TemporaryFolder()
    let path = folder.path(form.name)
    let input = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=24", "-threads", "1"]
    try CommandLineTool.make(input + form.arguments, path)
    let all = try VideoReader(path: path)
    defer { all.close() }
    var frames: [(time: Double, pixels: [UInt8])] = []
    while let frame = try all.next() { frames.append((frame.time, try all.pixels(of: frame))) }
    // From the beginning; then two stretches with a long gap between them, which is sought over.
    let wanted = [(0..<12).map { Double($0) / 4 }, [2.3, 2.8, 17.5, 17.75, 18.0], [23.5, 30]]
    for times in wanted {
      let reader = try MomentReader(path: path)
      defer { reader.close() }
      let found = try reader.pictures(at: times, shortSide: 64)
      let shown = times.filter { $0 < 24 }.map { time in
        frames.last { $0.time <= time + 1e-6 } ?? frames[0]
      }
      #expect(found.times.count == shown.count, "\(form.name) \(times)")
      #expect(found.width == 96 && found.height == 64)
      for (place, picture) in shown.enumerated() where place < found.times.count {
        #expect(abs(found.times[place] - picture.time) < 1e-3, "\(form.name) at \(times[place])")
        let bytes = found.pixels[place * 96 * 64 * 3..<(place + 1) * 96 * 64 * 3]
        #expect(Array(bytes) == picture.pixels, "\(form.name) at \(times[place])")
      }
    }
  }

  @Test func soundIsThatOfASegment() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("tone.mp4")
    let arguments = [
      "-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=16", "-f", "lavfi", "-i",
      "aevalsrc=0.4*sin(2*PI*(200+30*t)*t):d=16:s=44100", "-c:a", "aac",
    ]
    try CommandLineTool.make(arguments, path)
    let reader = try MomentReader(path: path)
    defer { reader.close() }
    #expect(reader.hasPictures && reader.hasSound && abs(reader.duration - 16) < 0.1)
    _ = try reader.pictures(at: [0, 1], shortSide: 48)
    for start in [0.0, 3.0, 12.0] {
      let request = SegmentRequest(start: start, duration: 2, rate: 1, shortSide: 48)
      let wanted = try MediaSource().segment(path: path, request).audio
      let sound = try reader.sound(start: start, count: 32_000, rate: 16_000) ?? []
      #expect(sound.count == wanted.count)
      let largest = zip(sound, wanted).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(largest < 1e-3, "at \(start)")
    }
  }
}
