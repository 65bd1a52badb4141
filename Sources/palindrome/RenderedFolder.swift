import Foundation
import Media
import SampleClips
import Storage
import Synchronization
import TensorCore

/// The sample clips as a folder of files: videos by class, lists of labels, and a DAVIS tree.
package struct RenderedFolder {
  /// Pixels and frames a second of the clips, and of the sequences of the DAVIS tree.
  package static let clipSize = (width: 160, height: 120)
  package static let clipRate = 16.0
  package static let sequenceSize = (width: 256, height: 192)

  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// Writes everything below `folder`, several files at once, and returns the number of files.
  ///
  /// `progress` is told what has been written so far; it may be called from any thread.
  package func write(
    to folder: String, progress: @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws -> Int {
    let set = SampleClipSet(seed: seed)
    let sequences = TrackingSequence.all(seed: seed)
    let folders =
      set.clips.map(\.label)
      + sequences.flatMap {
        ["\(davis)/JPEGImages/480p/\($0.name)", "\(davis)/Annotations/480p/\($0.name)"]
      }
      + ["\(davis)/ImageSets/2017"]
    let tables = [
      ("labels.csv", SampleClipSet.table(of: set.clips)),
      ("few.csv", SampleClipSet.table(of: set.few)),
      ("test.csv", SampleClipSet.table(of: set.test)),
    ].map { (path: "\(folder)/\($0)", text: $1) }
    let rows = Set(tables[0].text.split(separator: "\n"))
    for table in tables { try check(table.path, rows: rows) }
    for name in Set(folders).sorted() { try Folder.create("\(folder)/\(name)") }

    let all = set.clips.count + sequences.count
    let outcome = Outcome()
    parallelFor(all) { index in
      guard outcome.failure == nil else { return }
      do {
        if index < set.clips.count {
          try write(set.clips[index], to: folder)
        } else {
          try write(sequences[index - set.clips.count], to: folder)
        }
        progress(outcome.finishOne(), all)
      } catch {
        outcome.fail(error)
      }
    }
    if let error = outcome.failure { throw error }
    // Lists of clips that are all there.
    for table in tables { try AtomicFile.write(table.text, to: table.path) }
    try AtomicFile.write(
      sequences.map { $0.name + "\n" }.joined(), to: "\(folder)/\(davis)/ImageSets/2017/val.txt")
    return set.clips.count + 4 + sequences.count * 2 * TrackingSequence.frameCount
  }

  /// Throws where the table at `path` is not one of sample clips, which are named alike for every seed: it is the
  /// user's own.
  private func check(_ path: String, rows: Set<Substring>) throws {
    guard Folder.hasEntry(path) else { return }
    let text = String(decoding: try readBytes(path, limit: 64 << 20), as: UTF8.self)
    guard text.split(separator: "\n").allSatisfy(rows.contains) else {
      throw StorageError.cannotCreate(
        path: path, reason: "is there already and not of sample clips; choose another --out")
    }
  }

  private let davis = "davis"

  /// Writes one clip as an MP4 file below `folder`, which has its class's folder already.
  package func write(_ clip: SampleClip, to folder: String) throws(MediaError) {
    let (width, height) = Self.clipSize
    let audioRate = 16_000
    let writer = try VideoWriter(
      path: "\(folder)/\(clip.path)",
      .init(
        width: width, height: height, rate: Self.clipRate, quality: 28, audioRate: audioRate,
        audioBitRate: 32_000))
    let sound = clip.sound(rate: audioRate)
    let frames = Int((SampleClip.duration * Self.clipRate).rounded())
    for index in 0..<frames {
      try writer.append(
        frame: clip.frame(at: Double(index) / Self.clipRate, width: width, height: height))
      try writer.append(
        sound: Array(sound[sound.count * index / frames..<sound.count * (index + 1) / frames]))
    }
    try writer.finish()
  }

  private func write(_ sequence: TrackingSequence, to folder: String) throws(MediaError) {
    let (width, height) = Self.sequenceSize
    for index in 0..<TrackingSequence.frameCount {
      let (pixels, mask) = sequence.frame(index, width: width, height: height)
      let file = "\(sequence.name)/\(String(format: "%05d", index))"
      try ImageWriter.writeJPEG(
        pixels, width: width, height: height, quality: 4,
        to: "\(folder)/\(davis)/JPEGImages/480p/\(file).jpg")
      try ImageWriter.writeIndexedPNG(
        mask, width: width, height: height, to: "\(folder)/\(davis)/Annotations/480p/\(file).png")
    }
  }
}

/// What the parallel blocks have done: a count, and the first failure.
private final class Outcome: Sendable {
  private let state = Mutex<(done: Int, failure: (any Error)?)>((0, nil))

  var failure: (any Error)? { state.withLock { $0.failure } }
  func finishOne() -> Int {
    state.withLock { state in
      state.done += 1
      return state.done
    }
  }
  func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }
}
