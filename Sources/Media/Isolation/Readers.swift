/// Reads moments of one file, wherever it is decoded: in this process, or in one of its own.
///
/// Second zero is the start of the video, of the sound where there are no pictures. One thread at a time.
package protocol MomentReading: AnyObject {
  var hasPictures: Bool { get }
  var hasSound: Bool { get }
  /// Seconds of the pictures, of the sound where there are none, as well as that is known without decoding.
  var duration: Double { get }
  /// What was amiss and survived.
  var warnings: [String] { get }
  /// The pictures shown at `times`, which rise; those at and after the end of the video are left out. The shorter
  /// side becomes `shortSide` pixels, the longer one a multiple of `multiple`.
  func pictures(
    at times: [Double], shortSide: Int, multiple: Int
  ) throws(MediaError) -> MomentReader.Pictures
  /// `count` mono samples at `rate` a second from second `start` on, silent where the track has none. Nil where
  /// it cannot be decoded, which is then a warning; an error where there are no pictures either.
  func sound(start: Double, count: Int, rate: Int) throws(MediaError) -> [Float]?
  func close()
}

/// Decodes the pictures of one video file one after another, wherever that is done.
package protocol FrameReading: AnyObject {
  /// How many pictures there are, as far as the container tells.
  var told: ToldFrames? { get }
  /// Pictures that were damaged and left out so far, as far as was decoded for `next`.
  var damaged: Int { get }
  /// The next picture's time and size; nil at the end. Damaged ones are left out and counted.
  func next() throws(MediaError) -> ShownFrame?
  /// The picture that `next` told of last as RGB, at its shown size or at `width` x `height`.
  func pixels(width: Int?, height: Int?) throws(MediaError) -> [UInt8]
  /// Moves to somewhere before second `time`, far enough for the pictures from there on to be whole. False
  /// where the container cannot. Containers promise nothing: the caller checks the times that come.
  func seek(before time: Double) throws(MediaError) -> Bool
  func close()
}

/// One picture of a video, not yet converted.
package struct ShownFrame: Sendable, Hashable {
  /// Seconds from the beginning of the video; never before the frame before it.
  package var time: Double
  /// Seconds that it is shown for where the file says so, else the video's mean.
  package var duration: Double
  /// Shown size in pixels (turned, with square pixels).
  package var width: Int
  package var height: Int
}

extension MomentReader: MomentReading {}

/// A `VideoReader` and the frame that it gave last.
final class HeldFrames: FrameReading {
  private let reader: VideoReader
  private var held: VideoFrame?

  init(_ reader: VideoReader) { self.reader = reader }

  var told: ToldFrames? { reader.toldFrames }
  var damaged: Int { reader.damagedFrames + reader.badPackets }

  func next() throws(MediaError) -> ShownFrame? {
    held = nil
    held = try reader.next()
    return held.map {
      ShownFrame(time: $0.time, duration: $0.duration, width: $0.width, height: $0.height)
    }
  }

  func pixels(width: Int?, height: Int?) throws(MediaError) -> [UInt8] {
    guard let held else {
      throw MediaError(.request, path: reader.path, reason: "no picture has been read yet")
    }
    return try reader.pixels(of: held, width: width, height: height)
  }

  func seek(before time: Double) -> Bool {
    held = nil
    return reader.seek(before: time)
  }

  func close() {
    held = nil
    reader.close()
  }
}
