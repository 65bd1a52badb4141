import Evaluation

@testable import ClipData
@testable import Media

extension Parser {
  /// Pictures, the cache of decoded frames, and what a decoder process says.
  static let media = [
    Parser(name: "picture", file: "mask.png") { path, bytes in
      // Checksums hide everything behind them from a fuzzer.
      try put(PNGSums.mended(bytes), at: path)
      let image = try StillImage(path: path)
      let pixels = image.width * image.height
      switch image.content() {
      case .numbers(let values): require(values.count == pixels, "not every pixel has a number")
      case .colours(let values): require(values.count == 4 * pixels, "not every pixel has a colour")
      case nil: break
      }
      require(try image.pixels(width: 5, height: 3).count == 45, "not every pixel is there")
      require(try MaskReader().read(path).pixels.count == pixels, "not every pixel has an object")
    },
    Parser(name: "riff", file: "video.avi") { path, bytes in
      let missing = RIFFStructure.missingBytes(path: path, size: Int64(bytes.count))
      require((0...Int64(UInt32.max) + 8).contains(missing), "\(missing) bytes are missing")
    },
    Parser(name: "segment", file: "0.segment") { path, bytes in
      if (try? SegmentFile(path, key: SegmentBytes.key)) == nil {
        try put(SegmentBytes.file(bytes), at: path)
      }
      let file = try SegmentFile(path, key: SegmentBytes.key)
      let summary = file.summary
      require(summary.times.count <= bytes.count, "more frames than bytes")
      require(summary.times.allSatisfy(\.isFinite), "a frame at no time")
      require(
        summary.shots.allSatisfy { $0.upperBound <= summary.times.count }, "a shot of nothing")
      let stored = StoredSegment(content: file)
      _ = try stored.audio(first: -5, count: 20)
      _ = try stored.audio(first: 0, count: summary.audioCount)
      _ = try stored.pixels(frames: Array(summary.times.indices))
    },
    Parser(name: "protocol", file: "message") { _, bytes in
      let rest = Array(bytes.dropFirst())
      switch bytes.first ?? 0 {
      case 0:
        guard let message = DecodeMessage(rest, limit: 1 << 20) else { throw Refusal() }
        require((0...1 << 20).contains(message.total), "a message of \(message.total) bytes")
        require(message.bytes == rest, "a message changes when it is written")
      case 1:
        guard let request = DecodeRequest(rest) else { throw Refusal() }
        let again = DecodeRequest(request.bytes)
        require(again?.bytes == request.bytes, "a request changes when it is written")
      default:
        // Two counts, of samples and of bytes of pictures, stand before the fields.
        guard rest.count >= 2 else { throw Refusal() }
        let samples = [Float](repeating: 0, count: Int(rest[0]))
        let picture = [UInt8](repeating: 0, count: 3 * Int(rest[1]))
        guard
          let answer = DecodeAnswer(Array(rest.dropFirst(2)), samples: samples, picture: picture)
        else { throw Refusal() }
        let again = DecodeAnswer(answer.fields, samples: answer.samples, picture: answer.picture)
        require(again?.fields == answer.fields, "an answer changes when it is written")
      }
    },
  ]
}

/// The checksums of a PNG's chunks.
enum PNGSums {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
  }

  /// The bytes with the right checksum behind each whole chunk; what is no PNG stays as it is.
  static func mended(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard PNGStructure.isPNG(bytes) else { return bytes }
    var at = 8
    while at + 12 <= bytes.count {
      let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - at - 12 else { break }
      let end = at + 8 + length
      let sum = ~bytes[at + 4..<end].reduce(UInt32.max) {
        table[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8
      }
      for place in 0..<4 {
        bytes[end + place] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(place)))
      }
      at = end + 4
    }
    return bytes
  }
}

/// Bytes as a cached segment with a prologue that fits them: two bytes count those of the header, which follows, and
/// the rest are frames and sound.
enum SegmentBytes {
  static let key: UInt64 = 7
  private static let prologueBytes = 40

  static func file(_ bytes: [UInt8]) -> [UInt8] {
    let count = bytes.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }
    let body = Array(bytes.dropFirst(2))
    let header = Array(body.prefix(count))
    var writer = ByteWriter()
    writer.put(UInt64(littleEndian: 0x3130_4745_534C_4150))
    writer.put(key)
    writer.put(UInt64(header.count))
    writer.put(header.withUnsafeBytes { checksum($0) })
    writer.put(UInt64(prologueBytes + body.count))
    return writer.bytes + body
  }

  /// The reverse, of a whole file.
  static func body(of file: [UInt8]) -> [UInt8] {
    let count = file[16..<24].reversed().reduce(0) { $0 << 8 | Int($1) }
    return [UInt8(count & 255), UInt8(count >> 8)] + file[prologueBytes...]
  }
}
