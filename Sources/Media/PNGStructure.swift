/// The chunks of a PNG file (ISO/IEC 15948): looked at before anything is decoded.
enum PNGStructure {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func isPNG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// What is wrong with the file's structure, or nil: the header comes first with a size within
  /// `sideLimit`, every chunk lies within the file, pixels are there, and the end mark comes.
  static func fault(in bytes: [UInt8], sideLimit: Int) -> String? {
    func number(_ at: Int) -> Int {
      (0..<4).reduce(0) { $0 << 8 | Int(bytes[at + $1]) }
    }
    var at = signature.count
    var isFirst = true
    var hasPixels = false
    while at + 12 <= bytes.count {
      let length = number(at)
      let type = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self)
      guard length <= bytes.count - at - 12 else { return "a chunk reaches beyond the file's end" }
      if isFirst {
        guard type == "IHDR", length == 13 else { return "it does not begin with its header" }
        let (width, height) = (number(at + 8), number(at + 12))
        guard (1...sideLimit).contains(width), (1...sideLimit).contains(height) else {
          return "a size of \(width)x\(height) is not read"
        }
        isFirst = false
      }
      if type == "IDAT" { hasPixels = true }
      if type == "IEND" { return hasPixels ? nil : "it holds no pixels" }
      at += 12 + length
    }
    return "it is cut short"
  }
}
