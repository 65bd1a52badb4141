import Foundation

/// The installed `ffmpeg` and `ffprobe`, the reference that decoding is compared with.
enum CommandLineTool {
  static let ffmpeg = locate("ffmpeg")
  static let ffprobe = locate("ffprobe")
  static var isPresent: Bool { ffmpeg != nil && ffprobe != nil }

  private static func locate(_ name: String) -> URL? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/\(name)") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// What `tool` writes to its standard output, and to its standard error where `log` is given.
  static func run(_ tool: URL?, _ arguments: [String], log: URL? = nil) throws -> Data {
    guard let tool else { throw Failure(description: "ffmpeg is not installed") }
    let process = Process()
    process.executableURL = tool
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    if let log {
      _ = FileManager.default.createFile(atPath: log.path, contents: nil)
      process.standardError = try FileHandle(forWritingTo: log)
    }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(tool.path) \(arguments) ended \(process.terminationStatus)")
    }
    return data
  }

  /// Writes a file with ffmpeg: `arguments` stand before its name.
  static func make(_ arguments: [String], _ path: String) throws {
    _ = try run(ffmpeg, ["-v", "error", "-nostdin", "-y"] + arguments + [path])
  }
}

/// All frames of the first seconds of a video as the ffmpeg command line decodes them.
struct ReferenceVideo {
  /// Seconds since the video track's start time.
  var times: [Double]
  /// RGB, one frame after the other.
  var pixels: Data
  let frameBytes: Int

  /// swscale's accurate conversion. Without these flags ffmpeg takes tables that round down: pictures
  /// come out darker by about one level of 255 than the formula has them.
  static let flags = "bicubic+accurate_rnd+full_chroma_int+bitexact"

  init(path: String, seconds: Double, width: Int, height: Int) throws {
    let log = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).log")
    defer { try? FileManager.default.removeItem(at: log) }
    frameBytes = width * height * 3
    pixels = try CommandLineTool.run(
      CommandLineTool.ffmpeg,
      [
        "-v", "info", "-nostdin", "-threads", "1", "-copyts", "-t", "\(seconds)", "-i", path,
        "-an", "-sn", "-dn", "-vsync", "passthrough",
        "-vf", "scale=\(width):\(height):flags=\(Self.flags),format=rgb24,showinfo=checksum=0",
        "-f", "rawvideo", "-",
      ], log: log)
    // The log repeats the file's tags, in whatever encoding they have.
    let lines = String(decoding: try Data(contentsOf: log), as: UTF8.self)
    let taken = lines.firstMatch(of: #/Stream #0:(\d+).* -> #0:0/#).flatMap { Int($0.output.1) }
    let origin = try Self.startTime(path, stream: taken ?? 0)
    times = lines.split(separator: "\n").compactMap { line in
      guard let field = line.range(of: "pts_time:") else { return nil }
      return Double(line[field.upperBound...].prefix { $0 != " " }).map { $0 - origin }
    }
  }

  /// The start time of one track in seconds.
  static func startTime(_ path: String, stream: Int) throws -> Double {
    let text = try CommandLineTool.run(
      CommandLineTool.ffprobe,
      [
        "-v", "error", "-select_streams", "\(stream)", "-show_entries", "stream=start_time", "-of",
        "csv=p=0", path,
      ])
    return Double(String(decoding: text, as: UTF8.self).prefix { !",\n".contains($0) }) ?? 0
  }

  var count: Int { min(times.count, pixels.count / frameBytes) }

  /// The index of the frame shown at second `time`: the latest that began at or before it.
  func index(at time: Double) -> Int {
    times.lastIndex { $0 <= time + 1e-6 } ?? 0
  }

  /// The mean absolute difference, in units of 1/255, between frame `index` and `bytes`.
  func difference(_ index: Int, _ bytes: ArraySlice<UInt8>) -> Double {
    var sum = 0
    let base = pixels.startIndex + index * frameBytes
    pixels.withUnsafeBytes { all in
      bytes.withUnsafeBufferPointer { got in
        for i in 0..<frameBytes { sum += abs(Int(all[base + i]) - Int(got[i])) }
      }
    }
    return Double(sum) / Double(frameBytes)
  }
}
