import ClipData
import Foundation
import Media
import Testing

/// Sound agrees with `ffmpeg -ac 1 -ar 16000` and lies where the pictures are.
@Suite(.enabled(if: CommandLineTool.isPresent))
struct SoundTests {
  static let videos = TestFiles.files("videos", endings: ["mp4", "avi", "mpg"]).filter {
    $0.contains("av_events") || $0.contains("grid_speech")
  }

  /// ffmpeg writes 16 bits, hence a tolerance of two of their steps on average.
  @Test(.enabled(if: TestFiles.isPresent), arguments: videos)
  func soundAgrees(path: String) throws {
    let source = MediaSource()
    guard try source.probe(path: path).hasAudio else { return }
    let reference = try CommandLineTool.run(
      CommandLineTool.ffmpeg,
      [
        "-v", "error", "-nostdin", "-t", "4", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar",
        "16000",
        "-f", "s16le", "-",
      ]
    ).withUnsafeBytes { bytes in
      (0..<bytes.count / 2).map {
        Float(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Int16.self)) / 32768
      }
    }
    let late = Int(
      ((try Self.startTime(path, "audio") - Self.startTime(path, "video")) * 16000).rounded())
    for start in [0.0, 2.3] {
      let segment = try source.segment(
        path: path, SegmentRequest(start: start, duration: 0.5, rate: 4, shortSide: 16))
      try #require(segment.audio.count == 8000)
      let shift = Int(start * 16000) - late
      let direct = Self.difference(segment.audio, reference, shift: shift)
      // AAC draws the noise that it substitutes anew after a seek, hence the larger tolerance; and
      // where a track's stamps jump by a little, sound lies by its stamps after a seek, while reading
      // on goes by the count of samples, as ffmpeg does.
      if start == 0 {
        #expect(direct < 2.0 / 32768)
      } else if direct > 1e-4 {
        let best = (-800...800).map {
          Self.difference(segment.audio, reference, shift: shift + $0)
        }.min()
        #expect((best ?? 1) < 0.1 * direct)
      }
    }
  }

  /// The mean absolute difference of `got` and `reference` from its sample `shift` on.
  private static func difference(_ got: [Float], _ reference: [Float], shift: Int) -> Double {
    var sum: Float = 0
    var count = 0
    for index in got.indices where reference.indices.contains(index + shift) {
      sum += abs(got[index] - reference[index + shift])
      count += 1
    }
    return Double(sum) / Double(max(1, count))
  }

  /// The start time of the only track of a type.
  private static func startTime(_ path: String, _ type: String) throws -> Double {
    let text = try CommandLineTool.run(
      CommandLineTool.ffprobe,
      ["-v", "error", "-show_entries", "stream=codec_type,start_time", "-of", "csv=p=0", path])
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix(type)
    }
    return line.flatMap { Double($0.split(separator: ",")[1]) } ?? 0
  }
}
