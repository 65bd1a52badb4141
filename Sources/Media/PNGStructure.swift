/// The chunks of a PNG file (ISO/IEC 15948): looked at before anything is decoded.
enum PNGStructure {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func isPNG(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// The most bytes that a byte of deflated data can stand for.
  private static let mostInflation = 1032

  /// What is wrong with the file's structure, or nil: the header comes first with a size within
  /// `sideLimit`, every chunk lies within the file, pixels are there, as many as the header says may be, and the end
  /// mark comes.
  static func fault(in bytes: [UInt8], sideLimit: Int) -> String? {
    func number(_ at: Int) -> Int {
      (0..<4).reduce(0) { $0 << 8 | Int(bytes[at + $1]) }
    }
    var at = signature.count
    var isFirst = true
    var hasPixels = false
    var needed = 0
    var deflated = 0
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
        // Channels by the type of colour; palettes and grey have one.
        let channels = [2: 3, 4: 2, 6: 4][bytes[at + 17]] ?? 1
        needed = (width * channels * Int(bytes[at + 16]) + 7) / 8 * height
        isFirst = false
      }
      if type == "IDAT" {
        hasPixels = true
        deflated += length
      }
      if type == "IEND" {
        guard hasPixels else { return "it holds no pixels" }
        return needed <= deflated * mostInflation
          ? nil : "its data cannot hold the pixels that its header claims"
      }
      at += 12 + length
    }
    return "it is cut short"
  }
}
