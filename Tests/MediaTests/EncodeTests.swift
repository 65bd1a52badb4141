import Foundation
import TestSupport
import Testing

@testable import Media

/// What the writers make, read back by the ffmpeg command line.
@Suite(.enabled(if: CommandLineTool.isPresent)) struct EncodeTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// A smooth picture, so that losses of compression stay small: `height * width * 3` bytes.
  private func picture(_ index: Int, width: Int, height: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(height * width * 3)
    for y in 0..<height {
      for x in 0..<width {
        let shade = 30 + (x + y + 6 * index) % 120
        bytes += [UInt8(40 + 2 * x), UInt8(60 + 2 * y), UInt8(shade)]
      }
    }
    return bytes
  }

  private func decoded(_ path: String, _ format: String) throws -> Data {
    try CommandLineTool.run(
      CommandLineTool.ffmpeg,
      [
        "-v", "error", "-nostdin", "-i", path, "-vsync", "passthrough", "-pix_fmt", format,
        "-sws_flags", ReferenceVideo.flags, "-f", "rawvideo", "-",
      ])
  }

  private func meanDifference(_ got: some Sequence<UInt8>, _ wanted: [UInt8]) -> Double {
    let sum = zip(got, wanted).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(wanted.count)
  }

  private func writeVideo(_ path: String) throws -> (pictures: [[UInt8]], sound: [Float]) {
    let (width, height, count) = (48, 32, 24)
    let pictures = (0..<count).map { picture($0, width: width, height: height) }
    // One second and a half of a tone that grows louder.
    let sound = (0..<24_000).map { Float($0) / 32_000 * sin(2 * .pi * 440 * Float($0) / 16_000) }
    let writer = try VideoWriter(
      path: path, .init(width: width, height: height, rate: 16, quality: 4, audioRate: 16_000))
    for (index, frame) in pictures.enumerated() {
      try writer.append(frame: frame)
      try writer.append(sound: Array(sound[index * 1000..<(index + 1) * 1000]))
    }
    try writer.finish()
    return (pictures, sound)
  }

  @Test func videoHoldsItsFramesAndSound() throws {
    let path = folder.path + "/colon: 1.mp4"
    let (pictures, sound) = try writeVideo(path)
    let frames = try decoded(path, "rgb24")
    let size = pictures[0].count
    #expect(frames.count == pictures.count * size)
    for (index, wanted) in pictures.enumerated() {
      let got = frames.dropFirst(index * size).prefix(size)
      #expect(meanDifference(got, wanted) < 3, "frame \(index)")
    }
    let probe = try CommandLineTool.run(
      CommandLineTool.ffprobe,
      [
        "-v", "error", "-show_entries", "stream=codec_name,r_frame_rate,sample_rate,channels",
        "-of", "csv=p=0", path,
      ])
    #expect(String(decoding: probe, as: UTF8.self) == "h264,16/1\naac,16000,1,0/0\n")

    let heard = try CommandLineTool.run(
      CommandLineTool.ffmpeg,
      ["-v", "error", "-nostdin", "-i", path, "-vn", "-f", "f32le", "-ac", "1", "-"])
    let samples = heard.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(samples.count >= sound.count)
    // The tone is where it was put: correlation with what went in, sample by sample.
    let pairs = zip(samples, sound).map { (Double($0), Double($1)) }
    let (a, b, ab) = pairs.reduce((0.0, 0.0, 0.0)) {
      ($0.0 + $1.0 * $1.0, $0.1 + $1.1 * $1.1, $0.2 + $1.0 * $1.1)
    }
    #expect(ab / (a * b).squareRoot() > 0.99)
  }

  @Test func sameInputGivesTheSameBytes() throws {
    let paths = [folder.path + "/a.mp4", folder.path + "/b.mp4"]
    for path in paths { _ = try writeVideo(path) }
    let bytes = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    #expect(bytes[0] == bytes[1])
    // The index precedes the pictures and the sound.
    let index = try #require(bytes[0].range(of: Data("moov".utf8)))
    let payload = try #require(bytes[0].range(of: Data("mdat".utf8)))
    #expect(index.lowerBound < payload.lowerBound)
  }

  @Test func stillPicturesReadBack() throws {
    let (width, height) = (51, 33)
    let pixels = picture(3, width: width, height: height)
    let png = folder.path + "/still.png"
    try ImageWriter.writePNG(pixels, width: width, height: height, to: png)
    #expect(try decoded(png, "rgb24") == Data(pixels))

    let jpeg = folder.path + "/still.jpg"
    let even = picture(3, width: 50, height: 32)
    try ImageWriter.writeJPEG(even, width: 50, height: 32, quality: 2, to: jpeg)
    #expect(meanDifference(try decoded(jpeg, "rgb24"), even) < 3)
  }

  /// The indices come back as they were, the colours as DAVIS has them (Pascal VOC's colour map).
  @Test func indexedMaskKeepsIndicesAndColours() throws {
    let (width, height) = (19, 7)
    let indices = (0..<width * height).map { UInt8($0 % 5) }
    let path = folder.path + "/mask.png"
    try ImageWriter.writeIndexedPNG(indices, width: width, height: height, to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // IHDR: eight bits a sample, colour type 3 (palette).
    #expect(Array(bytes[24...25]) == [8, 3])
    let colours: [[UInt8]] = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]
    #expect(try decoded(path, "rgb24") == Data(indices.flatMap { colours[Int($0)] }))
  }

  @Test func whatCannotBeWrittenIsNamedAndLeavesNothing() throws {
    let nowhere = folder.path + "/missing/a.mp4"
    let settings = VideoWriter.Settings(width: 16, height: 16, rate: 8)
    #expect {
      _ = try VideoWriter(path: nowhere, settings)
    } throws: {
      ($0 as? MediaError)?.kind == .output && "\($0)".hasPrefix(nowhere)
    }
    let still = folder.path + "/missing/a.png"
    #expect {
      try ImageWriter.writePNG([1, 2, 3], width: 1, height: 1, to: still)
    } throws: {
      ($0 as? MediaError)?.kind == .output && "\($0)".contains("missing")
    }
    #expect(throws: MediaError.self) {
      try ImageWriter.writePNG([1, 2, 3], width: 2, height: 1, to: folder.path + "/short.png")
    }
    do {
      let writer = try VideoWriter(path: folder.path + "/begun.mp4", settings)
      try writer.append(frame: [UInt8](repeating: 9, count: 16 * 16 * 3))
      #expect(throws: MediaError.self) { try writer.append(frame: [1]) }
      #expect(throws: MediaError.self) { try writer.append(sound: [0]) }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }
}
