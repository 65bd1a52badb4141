import CFFmpeg
import Glibc
import Storage

/// Writes an MP4 file of H.264 pictures and, when asked, AAC sound.
///
/// The same frames and sound give the same bytes: one encoder thread, no clock, no version strings.
/// The file has its name only after `finish`; a writer let go before leaves nothing behind.
package final class VideoWriter {
  /// What the file is to hold.
  package struct Settings: Sendable {
    /// Pixels of the frames handed in; an odd last row or column is left out of the file.
    package var width: Int
    package var height: Int
    /// Frames a second.
    package var rate: Double
    /// x264's constant rate factor: 0 is lossless, 18 hard to tell from the source, 28 small.
    package var quality: Int
    /// Samples a second of the mono sound; 0 for a silent file.
    package var audioRate: Int
    /// Bits a second of the sound.
    package var audioBitRate: Int
    /// x264's preset: how much time is spent on a small file.
    package var effort = "slow"

    package init(
      width: Int, height: Int, rate: Double, quality: Int = 20, audioRate: Int = 0,
      audioBitRate: Int = 64_000
    ) {
      self.width = width
      self.height = height
      self.rate = rate
      self.quality = quality
      self.audioRate = audioRate
      self.audioBitRate = audioBitRate
    }
  }

  private let path: String
  /// The name that the file is written under: same folder, so that the rename is one step.
  private let aside: String
  private let container: OutputContainer
  private let picture: PictureTrack
  private let sound: SoundTrack?
  private var isFinished = false

  /// Opens the file beside `path`.
  package init(path: String, _ settings: Settings) throws(MediaError) {
    guard settings.rate > 0, settings.rate <= 1000 else {
      throw MediaError(output: path, "\(settings.rate) frames a second cannot be written")
    }
    self.path = path
    aside = AtomicFile.asideName(for: path)
    container = try OutputContainer(path: path, aside: aside)
    picture = try PictureTrack(path: path, settings, in: container)
    sound =
      settings.audioRate > 0 ? try SoundTrack(path: path, settings, in: container) : nil
    try container.writeHeader()
  }

  /// Adds the next frame: `height * width * 3` RGB bytes.
  package func append(frame: [UInt8]) throws(MediaError) { try picture.append(frame) }

  /// Adds the next samples, mono in -1...1. Hand in frames and sound in turns: the file interleaves
  /// them, and what runs ahead waits in memory.
  package func append(sound samples: [Float]) throws(MediaError) {
    guard let sound else {
      throw MediaError(output: path, "sound was handed to a file opened without sound")
    }
    try sound.append(samples)
  }

  /// Ends the tracks and gives the file its name.
  package func finish() throws(MediaError) {
    guard !isFinished else { return }
    try picture.finish()
    try sound?.finish()
    try container.finish()
    isFinished = true
    do throws(StorageError) {
      try AtomicFile.adopt(aside, as: path)
    } catch {
      throw MediaError(error)
    }
  }

  deinit {
    if !isFinished {
      container.abandon()
      unlink(aside)
    }
  }
}
