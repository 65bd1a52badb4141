import ClipData
import Foundation
import Media
import Testing

/// What is defined for damaged and odd media: the rows of docs/media.md, on files made by ffmpeg and by surgery on their
/// bytes.
@Suite(.enabled(if: CommandLineTool.isPresent)) struct MediaCasesTests {
  private let folder: TemporaryFolder
  private let source = MediaSource()

  init() throws { folder = try TemporaryFolder() }

  // MARK: Damage

  @Test func aTruncatedFileGivesItsGoodPrefix() throws {
    for (name, arguments) in [
      ("cut.mp4", ["-movflags", "+faststart"]), ("cut.mkv", []), ("cut.avi", ["-c:v", "mpeg4"]),
    ] {
      let path = try Numbered.make(folder.path(name), seconds: 8, arguments + ["-g", "12"])
      try Surgery.cut(path, to: 0.5)
      let probe = try source.probe(path: path)
      #expect(probe.verdict == .partial, "\(name): \(probe.reason)")
      #expect(probe.reason.contains("cut short"), "\(name): \(probe.reason)")
      let segment = try source.segment(path: path, Numbered.request(0, 8))
      #expect((10...60).contains(segment.times.count), "\(name): \(segment.times.count)")
      Numbered.check(segment, name, slack: name == "cut.avi" ? 1 : 0)
      let reader = try source.moments(path: path)
      defer { reader.close() }
      _ = try reader.pictures(at: [0, 1, 7], shortSide: 64, multiple: 1)
      #expect(!reader.warnings.isEmpty, "\(name)")
      // libavformat does not say what an AVI file promises.
      if name != "cut.avi" {
        #expect(segment.warnings.contains { $0.contains("end") }, "\(name): \(segment.warnings)")
      }
    }
  }

  @Test func withoutItsIndexAnMP4IsUnreadable() throws {
    let path = try Numbered.make(folder.path("late.mp4"), seconds: 2)
    try Surgery.cut(path, to: 0.6)
    let probe = try source.probe(path: path)
    #expect(probe.verdict == .unreadable && !probe.reason.isEmpty)
  }

  @Test func aTransportStreamHasNoStatedEnd() throws {
    let path = try Numbered.make(folder.path("cut.ts"), seconds: 8, ["-g", "12"])
    try Surgery.cut(path, to: 0.5)
    let probe = try source.probe(path: path)
    #expect(probe.verdict == .ok && (3...5).contains(probe.duration), "\(probe)")
    Numbered.check(try source.segment(path: path, Numbered.request(0, 8)), "cut.ts")
  }

  @Test func damagedFramesAreLeftOutAndCounted() throws {
    let path = try Numbered.make(
      folder.path("flips.avi"), seconds: 8, ["-c:v", "mpeg4", "-g", "12", "-bf", "0"])
    try Surgery.flip(path, from: 0.3, to: 0.5)
    let segment = try source.segment(path: path, Numbered.request(0, 8))
    #expect(segment.times == segment.times.sorted())
    #expect(segment.times.count > 40)
    #expect(segment.warnings.contains { $0.contains("damaged") || $0.contains("packets") })
  }

  // MARK: Time

  @Test func framesOfVaryingLengthAreTakenByTheirTimes() throws {
    let plain = try Numbered.make(folder.path("even.mkv"), seconds: 4, ["-bf", "0"])
    let path = folder.path("vfr.mkv")
    // The second half at half the speed.
    try CommandLineTool.make(
      ["-i", plain, "-c", "copy", "-bsf:v", "setts=ts='if(lt(N,50),N*40,(2*N-50)*40)'"], path)
    let segment = try source.segment(path: path, Numbered.request(0, 6))
    for (place, number) in Numbered.numbers(segment).enumerated() {
      let time = Double(place) / 8
      let wanted = time < 2 ? Int(time * 25 + 1e-6) : 50 + Int((time - 2) * 12.5 + 1e-6)
      #expect(number == min(wanted, 99), "at \(time)")
    }
  }

  @Test func repeatedTimesNeverRunBackward() throws {
    let plain = try Numbered.make(folder.path("plain.mkv"), seconds: 4, ["-bf", "0"])
    let path = folder.path("repeated.mkv")
    try CommandLineTool.make(
      ["-i", plain, "-c", "copy", "-bsf:v", "setts=dts=DTS:pts=ceil(N/3)*3*40"], path)
    let segment = try source.segment(path: path, Numbered.request(0, 4))
    #expect(segment.times.count >= 30)
    #expect(segment.times == segment.times.sorted())
  }

  /// A raw stream has no times: its frames follow each other at its rate.
  @Test func absentTimesAreMadeUp() throws {
    let path = try Numbered.make(folder.path("raw.h264"), seconds: 4)
    Numbered.check(try source.segment(path: path, Numbered.request(0, 3)), "from the beginning")
    Numbered.check(try source.segment(path: path, Numbered.request(2.5, 1)), "later")
  }

  @Test func oneFrameIsOneFrame() throws {
    let path = try Numbered.make(folder.path("one.mp4"), seconds: 0.04)
    #expect(try source.probe(path: path).verdict == .ok)
    let segment = try source.segment(path: path, Numbered.request(0, 1))
    #expect(Numbered.numbers(segment) == [0])
  }

  // MARK: Pictures

  @Test func aChangeOfSizeAndFormatWithinTheStreamIsFollowed() throws {
    let first = try Numbered.make(folder.path("first.ts"), seconds: 2)
    let second = try Numbered.make(
      folder.path("second.ts"), seconds: 2,
      ["-s", "128x96", "-pix_fmt", "yuv422p", "-output_ts_offset", "2"])
    let path = folder.path("both.ts")
    try Surgery.join([first, second], path)
    let segment = try source.segment(path: path, Numbered.request(0, 4))
    #expect((segment.width, segment.height) == (64, 48))
    let numbers = Numbered.numbers(segment)
    #expect(numbers.count >= 30)
    for (place, number) in numbers.enumerated() {
      let wanted = Int(Double(place % 16) / 8 * 25 + 1e-6)
      // Where the streams meet a frame's time may be a tick off.
      #expect(abs(number - wanted) <= 1, "frame \(place)")
    }
  }

  @Test func oddSizesDepthsAndFieldsAreShownAsTheyAre() throws {
    for (name, arguments, size) in [
      ("odd.mkv", ["-s", "17x13", "-pix_fmt", "yuv444p"], (17, 13)),
      ("deep.mp4", ["-pix_fmt", "yuv420p10le"], (64, 48)),
      ("fields.ts", ["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1"], (64, 48)),
      ("wide.mp4", ["-vf", "\(Numbered.filter),setsar=2"], (128, 48)),
    ] {
      let path = try Numbered.make(folder.path(name), seconds: 2, arguments)
      let probe = try source.probe(path: path)
      #expect(probe.verdict == .ok, "\(name): \(probe.reason)")
      #expect((probe.width, probe.height) == size, "\(name)")
      Numbered.check(
        try source.segment(path: path, Numbered.request(0, 1, side: min(size.0, size.1))), name,
        slack: 1)
    }
  }

  /// Without a word on its range grey is full range, at its own size and at another.
  @Test(arguments: [("raw.avi", "rawvideo"), ("lossless.mkv", "ffv1")], [24, 48])
  func greyKeepsItsContrast(_ file: (name: String, codec: String), _ side: Int) throws {
    let path = try Numbered.make(
      folder.path(file.name), seconds: 1,
      ["-vf", "format=gray,geq=lum='if(lt(X,32),8,248)'", "-c:v", file.codec, "-pix_fmt", "gray"])
    let segment = try source.segment(path: path, Numbered.request(0, 0.2, side: side))
    let row = segment.pixels.prefix(segment.width * 3).map(Int.init)
    #expect(abs(row[3] - 8) <= 1 && abs(row[segment.width * 3 - 4] - 248) <= 1, "\(row)")
  }

  @Test func soundThatIsLongerThanThePicturesIsNoCut() throws {
    for name in ["longer.mkv", "longer.webm", "longer.mp4"] {
      let path = folder.path(name)
      let codecs =
        name.hasSuffix("webm") ? ["-c:v", "libvpx", "-c:a", "libvorbis"] : ["-c:v", "libx264"]
      try CommandLineTool.make(
        ["-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=3", "-f", "lavfi", "-i", "sine=440:d=6"]
          + codecs, path)
      let probe = try source.probe(path: path)
      #expect(probe.verdict == .ok, "\(name): \(probe.reason)")
      #expect(abs(probe.duration - 3) < 0.2, "\(name)")
    }
  }

  @Test func aTurnedVideoIsTurned() throws {
    let upright = folder.path("upright.mp4")
    // The upper half is white.
    try CommandLineTool.make(
      [
        "-f", "lavfi", "-i", "nullsrc=s=64x48:r=25:d=1,geq=lum='if(lt(Y,24),235,16)':cb=128:cr=128",
        "-c:v", "libx264", "-pix_fmt", "yuv420p",
      ], upright)
    let path = folder.path("turned.mp4")
    try CommandLineTool.make(["-i", upright, "-c", "copy", "-metadata:s:v:0", "rotate=90"], path)
    let probe = try source.probe(path: path)
    #expect((probe.width, probe.height) == (48, 64))
    let segment = try source.segment(path: path, Numbered.request(0, 0.1))
    #expect((segment.width, segment.height) == (48, 64))
    // A quarter to the left: what was above is at the left.
    let row = segment.pixels.prefix(48 * 3)
    #expect(row.first ?? 0 > 200 && row.last ?? 255 < 50)
  }

  @Test func aCoverIsNoVideo() throws {
    let cover = folder.path("cover.png")
    try CommandLineTool.make(
      ["-f", "lavfi", "-i", "color=red:s=640x480:d=0.04", "-frames:v", "1"], cover)
    let tone = ["-f", "lavfi", "-i", "sine=440:d=2"]
    let sound = folder.path("song.m4a")
    let attached = ["-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
    try CommandLineTool.make(
      tone + ["-i", cover, "-map", "0", "-c:a", "aac"] + attached, sound)
    #expect(try source.probe(path: sound).verdict == .audioOnly)
    let video = try Numbered.make(folder.path("plain.mp4"), seconds: 2)
    let both = folder.path("film.mp4")
    try CommandLineTool.make(
      [
        "-i", video, "-i", cover, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1",
        "attached_pic",
      ], both)
    let probe = try source.probe(path: both)
    #expect(probe.verdict == .ok && (probe.width, probe.height) == (64, 48))
    Numbered.check(try source.segment(path: both, Numbered.request(0, 1)), "film.mp4")
  }
}
