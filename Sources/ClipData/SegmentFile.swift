import Foundation
import Storage
import Synchronization

/// One segment on disk, of which single frames and stretches of sound can be read.
///
/// Layout, little-endian: the magic, the key, the size of the header, its checksum and the size of the
/// file (8 bytes each); the header (`SegmentSummary`, a checksum of each frame, one of each block of
/// sound); the frames, RGB; the sound, 16 bits a sample. Every piece is checked when it is read, so that
/// a file that a crash left half on the disk is noticed without the cost of waiting for the disk.
final class SegmentFile: SegmentContent, @unchecked Sendable {
  private static let magic = UInt64(littleEndian: 0x3130_4745_534C_4150)  // "PALSEG01"
  private static let prologueBytes = 40
  private static let asideCounter = Atomic<Int>(0)
  /// Samples of sound that share a checksum: a second.
  private static let soundBlock = 16_000

  let summary: SegmentSummary
  private let file: OpenFile
  private let frameChecksums: [UInt64]
  private let soundChecksums: [UInt64]
  private let framesOffset: Int
  private var soundOffset: Int { framesOffset + summary.times.count * summary.frameBytes }

  /// Bytes of memory: the pixels stay on the disk.
  var cost: Int { summary.cost + (frameChecksums.count + soundChecksums.count) * 8 }

  /// Opens the file at `path`; throws when it is absent, damaged or another segment's.
  init(_ path: String, key: UInt64) throws(SegmentError) {
    do throws(StorageError) {
      file = try OpenFile.reading(path)
      let size = try file.size()
      guard size >= Self.prologueBytes else { throw Self.damaged(path, "too short") }
      var prologue = ByteReader(try file.read(0..<Self.prologueBytes))
      guard prologue.take(UInt64.self) == Self.magic, prologue.take(UInt64.self) == key,
        let headerBytes = prologue.take(UInt64.self), headerBytes < 1 << 28,
        let headerSum = prologue.take(UInt64.self), prologue.take(UInt64.self) == UInt64(size),
        Self.prologueBytes + Int(headerBytes) <= size
      else { throw Self.damaged(path, "not a whole segment") }
      framesOffset = Self.prologueBytes + Int(headerBytes)
      let header = try file.read(Self.prologueBytes..<framesOffset)
      guard header.withUnsafeBytes({ checksum($0) }) == headerSum else {
        throw Self.damaged(path, "damaged header")
      }
      var reader = ByteReader(header)
      guard let summary = SegmentSummary(from: &reader) else {
        throw Self.damaged(path, "damaged header")
      }
      self.summary = summary
      frameChecksums = Self.checksums(&reader)
      soundChecksums = Self.checksums(&reader)
      guard frameChecksums.count == summary.times.count,
        soundChecksums.count == (summary.audioCount + Self.soundBlock - 1) / Self.soundBlock,
        size == framesOffset + summary.times.count * summary.frameBytes + 2 * summary.audioCount
      else { throw Self.damaged(path, "damaged header") }
    } catch {
      throw .damagedCache("\(error)")
    }
  }

  private static func checksums(_ reader: inout ByteReader) -> [UInt64] {
    let count = reader.takeCount(of: 8) ?? 0
    return (0..<count).compactMap { _ in reader.take(UInt64.self) }
  }

  private static func damaged(_ path: String, _ reason: String) -> StorageError {
    .badData(path: path, reason: reason)
  }

  func read(frame: Int, into target: UnsafeMutableRawBufferPointer) throws(SegmentError) {
    do throws(StorageError) {
      try file.read(into: target, at: framesOffset + frame * summary.frameBytes)
      guard checksum(UnsafeRawBufferPointer(target)) == frameChecksums[frame] else {
        throw Self.damaged(file.path, "frame \(frame) is damaged")
      }
    } catch {
      throw .damagedCache("\(error)")
    }
  }

  func samples(_ range: Range<Int>) throws(SegmentError) -> [Int16] {
    let first = range.lowerBound / Self.soundBlock
    let last = (range.upperBound + Self.soundBlock - 1) / Self.soundBlock
    var samples: [Int16] = []
    do throws(StorageError) {
      for block in first..<max(first, last) {
        let low = block * Self.soundBlock
        let high = min(low + Self.soundBlock, summary.audioCount)
        let bytes = try file.read(soundOffset + 2 * low..<soundOffset + 2 * high)
        guard bytes.withUnsafeBytes({ checksum($0) }) == soundChecksums[block] else {
          throw Self.damaged(file.path, "the sound is damaged")
        }
        bytes.withUnsafeBytes { raw in
          for sample in max(low, range.lowerBound)..<min(high, range.upperBound) {
            samples.append(
              Int16(
                littleEndian: raw.loadUnaligned(fromByteOffset: 2 * (sample - low), as: Int16.self))
            )
          }
        }
      }
    } catch {
      throw .damagedCache("\(error)")
    }
    return samples
  }

  /// Writes a segment aside and renames it to `path`: complete or absent. Returns the size of the file.
  static func write(
    _ content: SegmentMemory, key: UInt64, to path: String
  ) throws(StorageError) -> Int {
    let summary = content.summary
    var header = ByteWriter()
    summary.encode(to: &header)
    header.put(UInt32(summary.times.count))
    content.pixels.withUnsafeBytes { pixels in
      for frame in 0..<summary.times.count {
        let start = frame * summary.frameBytes
        header.put(
          checksum(UnsafeRawBufferPointer(rebasing: pixels[start..<start + summary.frameBytes])))
      }
    }
    let sound = content.sound.map(\.littleEndian)
    let blocks = stride(from: 0, to: sound.count, by: soundBlock)
    header.put(UInt32(Array(blocks).count))
    sound.withUnsafeBytes { bytes in
      for low in blocks {
        let high = min(low + soundBlock, sound.count)
        header.put(checksum(UnsafeRawBufferPointer(rebasing: bytes[2 * low..<2 * high])))
      }
    }
    let size = prologueBytes + header.bytes.count + content.pixels.count + 2 * sound.count
    var prologue = ByteWriter()
    prologue.put(magic)
    prologue.put(key)
    prologue.put(UInt64(header.bytes.count))
    prologue.put(header.bytes.withUnsafeBytes { checksum($0) })
    prologue.put(UInt64(size))
    let number = asideCounter.wrappingAdd(1, ordering: .relaxed).newValue
    let aside = "\(path).\(AtomicFile.place)-\(getpid())-\(number).partial"
    // Left by a crash of an earlier process of the same number.
    Disk.remove(aside)
    do throws(StorageError) {
      let file = try OpenFile.creating(aside)
      try file.write(prologue.bytes + header.bytes)
      try file.write(content.pixels)
      try sound.span.withUnsafeBytes { (bytes) throws(StorageError) in try file.write(bytes) }
    } catch {
      Disk.remove(aside)
      throw error
    }
    guard Disk.rename(aside, to: path) == 0 else {
      let reason = String(cString: strerror(errno))
      Disk.remove(aside)
      throw .cannotCreate(path: path, reason: reason)
    }
    return size
  }
}
