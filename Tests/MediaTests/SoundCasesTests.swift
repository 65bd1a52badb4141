import ClipData
import Foundation
import Media
import Testing

/// What is defined for the sound of odd media: the rows of docs/media.md about it.
@Suite(.enabled(if: CommandLineTool.isPresent)) struct SoundCasesTests {
  private let folder: TemporaryFolder
  private let source = MediaSource()
  private let picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=4"]

  init() throws { folder = try TemporaryFolder() }

  private func sound(_ path: String, _ start: Double = 0, _ duration: Double = 4) throws -> [Float]
  {
    try source.segment(
      path: path, SegmentRequest(start: start, duration: duration, rate: 2, shortSide: 32)
    ).audio
  }

  /// The root mean square of seconds `from` to `to`.
  private func loudness(_ sound: [Float], _ from: Double, _ to: Double) -> Double {
    let part = sound[Int(from * 16_000)..<Int(to * 16_000)]
    return (part.reduce(0) { $0 + Double($1) * Double($1) } / Double(part.count)).squareRoot()
  }

  @Test func aVideoWithoutSoundHasNone() throws {
    let path = folder.path("mute.mp4")
    try CommandLineTool.make(picture, path)
    #expect(try source.probe(path: path).verdict == .ok && !source.probe(path: path).hasAudio)
    #expect(try sound(path).isEmpty)
  }

  @Test func soundAloneGivesSoundAlone() throws {
    let path = folder.path("alone.m4a")
    try CommandLineTool.make(["-f", "lavfi", "-i", "sine=440:d=4", "-c:a", "aac"], path)
    let probe = try source.probe(path: path)
    #expect(probe.verdict == .audioOnly && abs(probe.duration - 4) < 0.1)
    let segment = try source.segment(
      path: path, SegmentRequest(start: 1, duration: 2, rate: 2, shortSide: 32))
    #expect(segment.times.isEmpty && segment.audio.count == 32_000)
    #expect(loudness(segment.audio, 0, 2) > 0.05)
  }

  /// All channels are in the mix, which stays within full scale.
  @Test func sixChannelsBecomeOne() throws {
    let path = folder.path("six.mkv")
    try CommandLineTool.make(
      picture + [
        "-f", "lavfi", "-i",
        "aevalsrc=0.9*sin(2*PI*300*t)|0.9*sin(2*PI*300*t)|0.9*sin(2*PI*300*t)|0|"
          + "0.9*sin(2*PI*300*t)|0.9*sin(2*PI*300*t):c=5.1:d=4:s=48000", "-c:a", "pcm_s16le",
      ], path)
    let mono = try sound(path)
    #expect(mono.allSatisfy { abs($0) <= 0.95 })
    #expect(loudness(mono, 1, 3) > 0.4)
  }

  @Test func soundThatStartsLateIsSilentBefore() throws {
    let path = folder.path("late.mkv")
    try CommandLineTool.make(
      picture + ["-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=440:d=2", "-c:a", "flac"], path)
    for start in [0.0, 1.0] {
      let late = try sound(path, start, 4 - start)
      #expect(loudness(late, 0, 1.45 - start) < 1e-4, "from \(start)")
      #expect(loudness(late, 1.55 - start, 3.4 - start) > 0.05, "from \(start)")
      #expect(loudness(late, 3.6 - start, 4 - start) < 1e-3, "from \(start)")
    }
  }

  @Test func aChangeOfRateAndChannelsIsFollowed() throws {
    let parts = [("44100", "1", "0"), ("48000", "2", "2")].map { rate, channels, offset in
      (
        folder.path("\(rate).ts"),
        [
          "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", "-f", "lavfi", "-i", "sine=440:d=2",
          "-ar", rate, "-ac", channels, "-c:a", "aac", "-output_ts_offset", offset,
        ]
      )
    }
    for (path, arguments) in parts { try CommandLineTool.make(arguments, path) }
    let path = folder.path("both.ts")
    try Surgery.join(parts.map(\.0), path)
    let both = try sound(path)
    #expect(both.count == 64_000)
    #expect(loudness(both, 0.2, 1.8) > 0.05 && loudness(both, 2.2, 3.8) > 0.05)
  }
}
