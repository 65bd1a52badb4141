import Media
import Storage

/// A video to walk through: a file, or a folder of pictures in the order of their names.
package struct FrameInput: Sendable {
  package let path: String
  /// Shown size in pixels of the first frame; the others are brought to it.
  package let width: Int
  package let height: Int
  /// Mean frames a second.
  package let rate: Double
  /// How many frames there are, as far as that is known without decoding; exactly for a folder.
  let told: ToldFrames?
  /// Why a file is taken in part; empty for one that is whole.
  package let fault: String
  /// The pictures of a folder; nil for a file.
  private let pictures: [String]?
  /// What decodes it.
  package let source: MediaSource

  /// A folder's frames are shown at `rate` a second.
  package init(_ path: String, rate: Double = 25, source: MediaSource = MediaSource()) throws {
    self.path = path
    self.source = source
    if Folder.exists(path) {
      let names = try Folder.list(path).filter { name in
        ["jpg", "jpeg", "png"].contains { name.lowercased().hasSuffix("." + $0) }
      }
      guard let first = names.first else {
        throw EvaluationError(
          .noInput, "\(path): no JPEG or PNG frames in it; give a video file or a folder of frames")
      }
      pictures = names.map { "\(path)/\($0)" }
      let image = try source.picture(path: "\(path)/\(first)")
      (width, height) = (image.width, image.height)
      self.rate = rate
      told = ToldFrames(count: names.count, most: names.count)
      fault = ""
    } else {
      guard Folder.hasEntry(path) else {
        throw EvaluationError(.noInput, "\(path): no such video; check the path")
      }
      pictures = nil
      let reader = try source.frames(path: path)
      defer { reader.close() }
      guard let frame = try reader.next() else {
        throw EvaluationError(.badData, "\(path): no picture could be decoded; re-encode it")
      }
      (width, height) = (frame.width, frame.height)
      told = reader.told
      let probe = try source.usable(path: path)
      guard probe.verdict.isUsableVideo else {
        throw MediaError(.unreadable, path: path, reason: probe.reason)
      }
      self.rate = probe.frameRate > 0 ? min(probe.frameRate, 1000) : 25
      fault = probe.reason
    }
  }

  /// Whether the frames are a file's, which may have sound.
  package var isFile: Bool { pictures == nil }

  /// Pictures of a folder; 0 for a file.
  var pictureCount: Int { pictures?.count ?? 0 }

  /// One picture of a folder as RGB bytes.
  func picture(_ index: Int, width: Int, height: Int) throws -> [UInt8] {
    try source.picture(path: pictures?[index] ?? path, width: width, height: height).pixels
  }

  /// The frames from the first one on.
  package func forward() throws -> any FrameStream {
    if let pictures {
      return PictureStream(pictures.enumerated().map { ($1, Double($0) / rate) }, source)
    }
    return VideoStream(try source.frames(path: path))
  }

  /// The frames before `count` from the last to the first, `times` theirs as they came forward. Some are
  /// decoded and held at once, so that memory does not grow with their number.
  package func backward(count: Int, times: [Double]) -> any FrameStream {
    if let pictures {
      return PictureStream(Array(zip(pictures, times)).prefix(count).reversed(), source)
    }
    return BackwardStream(path: path, source: source, times: Array(times.prefix(count)))
  }
}

/// Frames one after the other.
package protocol FrameStream: AnyObject {
  /// Damaged frames that were left out so far.
  var damaged: Int { get }
  /// The next frame as `width * height * 3` RGB bytes; nil at the end.
  func next(width: Int, height: Int) throws -> StreamedFrame?
  /// Passes over the next frame; its time, nil at the end.
  func skip() throws -> Double?
  func close()
}

/// One frame of a stream.
package struct StreamedFrame: Sendable {
  /// Seconds from the beginning of the video.
  package var time: Double
  package var pixels: [UInt8]
}

/// Pictures in files of their own.
private final class PictureStream: FrameStream {
  private let pictures: [(path: String, time: Double)]
  private let source: MediaSource
  private var index = 0
  /// A damaged picture in a file of its own is an error.
  let damaged = 0

  /// `pictures` with their times, in the order in which they are handed out.
  init(_ pictures: [(path: String, time: Double)], _ source: MediaSource) {
    self.pictures = pictures
    self.source = source
  }

  func next(width: Int, height: Int) throws -> StreamedFrame? {
    guard index < pictures.count else { return nil }
    let (path, time) = pictures[index]
    let pixels = try source.picture(path: path, width: width, height: height).pixels
    index += 1
    return StreamedFrame(time: time, pixels: pixels)
  }

  func skip() -> Double? {
    guard index < pictures.count else { return nil }
    index += 1
    return pictures[index - 1].time
  }

  func close() {}
}

/// A video file from its beginning.
private final class VideoStream: FrameStream {
  private let reader: any FrameReading
  var damaged: Int { reader.damaged }

  init(_ reader: any FrameReading) { self.reader = reader }

  func next(width: Int, height: Int) throws -> StreamedFrame? {
    guard let frame = try reader.next() else { return nil }
    return StreamedFrame(
      time: frame.time, pixels: try reader.pixels(width: width, height: height))
  }

  func skip() throws -> Double? { try reader.next()?.time }

  func close() { reader.close() }
}
